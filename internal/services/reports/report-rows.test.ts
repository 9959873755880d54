import { expect } from 'chai';
import fc from 'fast-check';

import { arbitraryName } from '../../testing/arbitrary-reports.ts';
import { rowsOf } from '../../testing/columns-of.ts';
import { appendReport, reportBatches } from './batches.ts';
import {
  LAYOUT,
  MalformedRows,
  nameBytesOf,
  nameIn,
  readRows,
  readSeconds,
  storedRows,
  toLayout1,
  type Layout,
} from './report-rows.ts';

interface Read {
  readonly key: string;
  readonly serviceName: string;
  readonly second: number;
  readonly isIssue: boolean;
}

/** All reports that the bytes hold, in order. */
function readAll(bytes: Buffer, layout: Layout = LAYOUT): Read[] {
  const read: Read[] = [];
  readRows(bytes, layout, (hour, nameAt, nameEnd, deployAt, issueAt, end) => {
    const key = bytes.toString('latin1', nameAt, nameEnd);
    const to = (isIssue: boolean) => ({
      add: (second: number) =>
        read.push({
          key,
          serviceName: nameIn(bytes, nameAt, nameEnd),
          second: hour * 3600 + second,
          isIssue,
        }),
    });
    readSeconds(bytes, deployAt, issueAt, to(false));
    readSeconds(bytes, issueAt, end, to(true));
  });
  return read;
}

const arbitraryReports = fc.array(
  fc.record({ serviceName: arbitraryName, second: fc.nat({ max: 4_000_000_000 }), isIssue: fc.boolean() }),
  { maxLength: 30 },
);

function bytesOf(reports: readonly Omit<Read, 'key'>[]): Buffer {
  const columns = reportBatches().emptyColumns();
  for (const { serviceName, second, isIssue } of reports) {
    appendReport(columns, { serviceName, second, state: isIssue ? 'issue' : 'deploy' });
  }
  return rowsOf(columns);
}

const withoutKeys = (read: readonly Read[]) =>
  read.map(({ serviceName, second, isIssue }) => ({ serviceName, second, isIssue }));

describe('reports as bytes', () => {
  it('are read as they were written, also put one behind the other', () => {
    fc.assert(
      fc.property(arbitraryReports, arbitraryReports, (first, second) => {
        const read = readAll(Buffer.concat([bytesOf(first), bytesOf(second)]));
        expect(withoutKeys(read)).to.deep.equal([...first, ...second]);
      }),
    );
  });

  it('are read the same from either layout', () => {
    fc.assert(
      fc.property(arbitraryReports, (reports) => {
        const rows = bytesOf(reports);
        expect(readAll(toLayout1(rows), 1)).to.deep.equal(readAll(rows));
      }),
    );
  });

  it('have one key for each service', () => {
    fc.assert(
      fc.property(arbitraryReports, (reports) => {
        const read = readAll(bytesOf([...reports, ...reports]));
        const keys = new Map(read.map((report) => [report.serviceName, report.key]));
        expect(new Set(keys.values()).size).to.equal(keys.size);
        for (const report of read) expect(report.key).to.equal(keys.get(report.serviceName));
      }),
    );
  });

  it('take as many bytes for a name as UTF-8 does', () => {
    fc.assert(fc.property(arbitraryName, (name) => nameBytesOf(name) === Buffer.byteLength(name)));
  });

  it('are the layouts that they were', () => {
    const report = { serviceName: 'ab', second: 5 * 3600 + 258, isIssue: true };
    const rows = bytesOf([report]);
    expect(rows.toString('hex')).to.equal('020005000000000001006162' + '0201');
    expect(toLayout1(rows).toString('hex')).to.equal('02000500000061620000000001000000' + '0201');
  });

  it('are refused where they are cut off, in either layout', () => {
    for (const layout of [1, 2] as const) {
      const row = bytesOf([{ serviceName: 'web', second: 7, isIssue: false }]);
      const bytes = layout === 1 ? toLayout1(row) : row;
      for (let length = 1; length < bytes.length; length++) {
        expect(() => readAll(bytes.subarray(0, length), layout), `${length} bytes`).to.throw(MalformedRows);
      }
      expect(readAll(bytes, layout)).to.have.length(1);
    }
  });

  it('are refused or read within their bounds, whatever the bytes', () => {
    const arbitrary = fc
      .tuple(arbitraryReports, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 }))
      .map(([reports, changes]) => {
        const bytes = bytesOf(reports);
        for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(arbitrary, fc.uint8Array({ maxLength: 60 })), (bytes) => {
        for (const layout of [1, 2] as const) {
          try {
            for (const { second, serviceName } of readAll(Buffer.from(bytes), layout)) {
              expect(second % 3600).to.be.within(0, 3599);
              expect(serviceName).to.match(/^\P{Cc}+$/u);
            }
          } catch (error) {
            expect(error).to.be.instanceOf(MalformedRows);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  for (const [what, hex] of [
    ['a name that is not UTF-8', '010005000000' + '01000000' + 'ff' + '0000'],
    ['an empty name', '000005000000' + '01000000' + '0000'],
    ['a name with a NUL', '010005000000' + '01000000' + '00' + '0000'],
    ['an hour that Postgres cannot hold', '010000000080' + '01000000' + '61' + '0000'],
    ['a second beyond the hour', '010005000000' + '01000000' + '61' + '100e'],
  ] as const) {
    it(`are refused with ${what}`, () => {
      expect(() => readAll(Buffer.from(hex, 'hex'))).to.throw(MalformedRows);
    });
  }

  it('are refused where the layout is not known', () => {
    for (const bytes of [[], [0], [3, 1]])
      expect(() => storedRows(Buffer.from(bytes))).to.throw(MalformedRows);
    expect(storedRows(Buffer.from([1, 9]))).to.deep.equal({ layout: 1, bytes: Buffer.from([9]) });
  });
});

import { expect } from 'chai';
import fc from 'fast-check';

import { arbitraryName } from '../testing/arbitrary-reports.ts';
import { rowsOf } from '../testing/columns-of.ts';
import { appendReport, reportBatches } from './columns.ts';
import { nameBytesOf, readRows, readSeconds } from './report-rows.ts';

interface Read {
  readonly key: string;
  readonly serviceName: string;
  readonly second: number;
  readonly isIssue: boolean;
}

/** All reports that the bytes hold, in order. */
function readAll(bytes: Buffer): Read[] {
  const read: Read[] = [];
  readRows(bytes, (key, hour, nameOf, { deployAt, issueAt, end }) => {
    const to = (isIssue: boolean) => ({
      add: (second: number) =>
        read.push({ key, serviceName: nameOf(), second: hour * 3600 + second, isIssue }),
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
  const columns = reportBatches.emptyColumns();
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

  it('have one key for each service and hour', () => {
    fc.assert(
      fc.property(arbitraryReports, (reports) => {
        const read = readAll(bytesOf([...reports, ...reports]));
        const inWords = ({ serviceName, second }: Read) => `${Math.floor(second / 3600)} ${serviceName}`;
        const keys = new Map(read.map((report) => [inWords(report), report.key]));
        expect(new Set(keys.values()).size).to.equal(keys.size);
        for (const report of read) expect(report.key).to.equal(keys.get(inWords(report)));
      }),
    );
  });

  it('take as many bytes for a name as UTF-8 does', () => {
    fc.assert(fc.property(arbitraryName, (name) => nameBytesOf(name) === Buffer.byteLength(name)));
  });
});

import { expect } from 'chai';
import fc from 'fast-check';

import { arbitraryHistory, arbitraryName, shuffledWithRepetitions } from '../../testing/arbitrary-reports.ts';
import { columnsOf, foldedOf as tableOf, rowsOf } from '../../testing/columns-of.ts';
import type { ReportBody } from '../../testing/vectors.ts';
import { bucketOf, BUCKETS, parseMultirange } from '../history/hours.ts';
import { compareNames, namesAfter } from '../history/names.ts';
import { LAYOUT } from '../reports/report-rows.ts';
import { pack, unpack } from './packed-hours.ts';
import type { FoldedHours } from './pending-table.ts';

const arbitraryReports: fc.Arbitrary<ReportBody[]> = fc
  .dictionary(arbitraryName, arbitraryHistory, { maxKeys: 6 })
  .map((histories) =>
    Object.entries(histories).flatMap(([service_name, history]) =>
      history.map((sighting) => ({ service_name, ...sighting })),
    ),
  );

/** Each second of each state as one text, so that sets of reports can be compared. */
function secondsIn({ serviceNames, hours, deploy, issue }: FoldedHours): string[] {
  return serviceNames.flatMap((name, row) => {
    const texts = (state: string, literal = '') =>
      parseMultirange(literal, Number(hours[row]) * 3600).flatMap(({ start, end }) =>
        Array.from({ length: end - start }, (_, index) => `${state} ${start + index} ${name}`),
      );
    return [...texts('deploy', deploy[row]), ...texts('issue', issue[row])];
  });
}

/** The columns of all buckets; those of each are in the order of the key. */
function foldedOf(reports: readonly ReportBody[]): FoldedHours {
  const all = tableOf(reports)
    .buckets()
    .map(({ columns }) => columns())
    .flatMap(({ serviceNames, hours, deploy, issue }) =>
      serviceNames.map((name, row) => ({ name, hour: hours[row], deploy: deploy[row], issue: issue[row] })),
    )
    .sort((a, b) => compareNames(a.name, b.name)); // Stable: hours stay as they are.
  return {
    serviceNames: all.map(({ name }) => name),
    hours: all.map(({ hour = NaN }) => hour),
    deploy: all.map(({ deploy = '' }) => deploy),
    issue: all.map(({ issue = '' }) => issue),
  };
}

describe('pending reports folded to rows', () => {
  it('counts seconds, each once, and those before one of them', () => {
    const report = (service_name: string, state: 'deploy' | 'issue', timestamp: number): ReportBody => ({
      service_name,
      state,
      timestamp,
    });
    const table = tableOf([
      ...[7199, 7200, 7201, 7201, 7203].map((timestamp) => report('a', 'deploy', timestamp)),
      ...[report('a', 'issue', 7201), report('b', 'issue', 3)],
    ]);
    expect(table.countSeconds(7201)).to.deep.equal({ all: 6, before: 3 });
    expect(table.countSeconds(-Infinity)).to.deep.equal({ all: 6, before: 0 });
    expect(table.countSeconds(9000)).to.deep.equal({ all: 6, before: 6 });
  });

  it('is empty for no report', () => {
    expect(foldedOf([])).to.deep.equal({ serviceNames: [], hours: [], deploy: [], issue: [] });
  });

  it('has one row per service and hour, with both states', () => {
    const folded = foldedOf([
      { service_name: 'b', state: 'issue', timestamp: 7200 },
      { service_name: 'a', state: 'deploy', timestamp: 3600 },
      { service_name: 'a', state: 'deploy', timestamp: 3599 },
      { service_name: 'a', state: 'issue', timestamp: 3601 },
      { service_name: 'a', state: 'deploy', timestamp: 3600 },
    ]);
    expect(folded).to.deep.equal({
      serviceNames: ['a', 'a', 'b'],
      hours: [0, 1, 2],
      deploy: ['{[3599,3600)}', '{[0,1)}', '{}'],
      issue: ['{}', '{[1,2)}', '{[0,1)}'],
    });
  });

  it('orders hours by number, not by text', () => {
    const reports = [10, 9, 100].map((hour) => ({
      ...{ service_name: 'a', state: 'deploy' as const },
      timestamp: hour * 3600,
    }));
    expect(foldedOf(reports).hours).to.deep.equal([9, 10, 100]);
  });

  it('holds exactly the reported seconds, in rows that are sorted and name each key once', () => {
    fc.assert(
      fc.property(arbitraryReports, (reports) => {
        const folded = foldedOf(reports);
        const reported = reports.map(
          ({ service_name, state, timestamp }) => `${state} ${Math.floor(timestamp)} ${service_name}`,
        );
        expect(new Set(secondsIn(folded))).to.deep.equal(new Set(reported));
        for (const { columns } of tableOf(reports).buckets()) {
          const { serviceNames, hours } = columns();
          const keys = serviceNames.map((name, row) => ({ name, hour: Number(hours[row]) }));
          for (const [row, { name, hour }] of keys.entries()) {
            const before = keys[row - 1];
            if (before === undefined) continue;
            const order = Buffer.compare(Buffer.from(before.name), Buffer.from(name));
            expect(order < 0 || (order === 0 && before.hour < hour), `row ${row}`).to.equal(true);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is the same for any order of the reports, however often each comes', () => {
    const arbitrary = arbitraryReports.chain((reports) =>
      fc.tuple(fc.constant(reports), shuffledWithRepetitions(reports)),
    );
    fc.assert(
      fc.property(arbitrary, ([reports, shuffled]) => {
        expect(foldedOf(shuffled)).to.deep.equal(foldedOf(reports));
      }),
      { numRuns: 300 },
    );
  });

  describe('for who reads', () => {
    const reports: ReportBody[] = [
      { service_name: 'b', state: 'issue', timestamp: 7200 },
      { service_name: 'a', state: 'deploy', timestamp: 3600 },
      { service_name: 'a', state: 'deploy', timestamp: 1 },
    ];
    const all = namesAfter(undefined, 100);
    const issueOfB = {
      serviceName: 'b',
      hour: 2,
      observed: { deploy: [], issue: [{ start: 7200, end: 7201 }] },
    };

    it('tells the hours of those that are asked for, or of all', () => {
      const table = tableOf(reports);
      expect(unpack(pack(table.hoursOf({ serviceNames: ['b', 'nobody'] })))).to.deep.equal(
        new Map([['b', [issueOfB]]]),
      );
      const hours = unpack(pack(table.hoursOf(all)));
      expect([...hours.keys()]).to.have.members(['a', 'b']);
      expect(hours.get('a')?.map(({ hour }) => hour)).to.deep.equal([0, 1]);
      expect([table.services, table.size]).to.deep.equal([2, 3]);
    });

    it('tells them by buckets, each service in one', () => {
      const table = tableOf(reports);
      const names = Array.from({ length: BUCKETS }, (_, bucket) =>
        table.hoursOf({ firstBucket: bucket, lastBucket: bucket }).map(({ serviceName }) => serviceName),
      );
      expect(names[bucketOf('a')]).to.include('a');
      expect(names.flat()).to.have.members(['a', 'b']);
    });

    it('tells them by name, some at a time', () => {
      const names = ['a', 'ab', 'b', 'b/1', 'b/2', 'c', '\ufffd', '😀', '😁'];
      const table = tableOf(
        fc
          .sample(fc.shuffledSubarray(names, { minLength: names.length }), 1)
          .flat()
          .map((service_name): ReportBody => ({ service_name, state: 'deploy', timestamp: 1 })),
      );
      const asked = (...range: Parameters<typeof namesAfter>) =>
        table.hoursOf(namesAfter(...range)).map(({ serviceName }) => serviceName);
      expect(asked(undefined, 100)).to.deep.equal(names);
      expect(asked('ab', 3)).to.deep.equal(['b', 'b/1', 'b/2']);
      expect(asked(undefined, 9, 'b')).to.deep.equal(['b', 'b/1', 'b/2']);
      expect(asked('b/1', 9, 'b')).to.deep.equal(['b/2']);
      expect(asked('c', 9, '😀')).to.deep.equal(['😀']);
      expect(asked('c', 9, 'b')).to.deep.equal([]);
      // What is new is put in between.
      const more: ReportBody[] = [{ service_name: 'aa', state: 'deploy', timestamp: 1 }];
      table.add({ layout: LAYOUT, bytes: rowsOf(columnsOf(more)) });
      expect(asked(undefined, 3)).to.deep.equal(['a', 'aa', 'ab']);
    });

    it('knows nothing after it was cleared, and takes the same services again', () => {
      const table = tableOf(reports);
      const going = table.buckets().map(({ columns }) => columns);
      const cleared = table.cleared();
      expect(unpack(pack(cleared.hoursOf(all)))).to.deep.equal(new Map());
      expect([cleared.services, cleared.size, cleared.serviceNames()]).to.deep.equal([0, 0, []]);
      cleared.add({ layout: LAYOUT, bytes: rowsOf(columnsOf(reports.slice(0, 1))) });
      expect(unpack(pack(cleared.hoursOf(all)))).to.deep.equal(new Map([['b', [issueOfB]]]));
      // Who settles goes on with what was there when it began.
      expect(going.flatMap((columns) => columns().serviceNames)).to.have.members(['a', 'a', 'b']);
    });
  });
});

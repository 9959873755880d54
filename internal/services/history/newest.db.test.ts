import { expect } from 'chai';
import fc from 'fast-check';

import { arbitraryHistory, arbitraryName } from '../../testing/arbitrary-reports.ts';
import { foldedOf, observe } from '../../testing/columns-of.ts';
import { modelAnswers } from '../../testing/timeline-model.ts';
import { useDatabase } from '../../testing/use-database.ts';
import type { ReportBody } from '../../testing/vectors.ts';
import { pack, unpack } from '../settling/packed-hours.ts';
import { storedHistory } from '../testing/stored-history.ts';
import { compareNames, namesAfter } from './names.ts';
import { allNewest, newestPage } from './newest.ts';
import type { HistorySource } from './reader.ts';

const GAP_SECONDS = 4;

describe('services by name', () => {
  const database = useDatabase((pool) => pool.query('truncate pending_reports, services, observations'));

  it('are all told, whatever is stored and what is pending, however many at a time', async () => {
    const arbitrary = fc.record({
      histories: fc.dictionary(arbitraryName, arbitraryHistory, { maxKeys: 9 }),
      // Of each service's reports: the first so many are stored.
      stored: fc.array(fc.constantFrom(0, 1, 3, Infinity), { minLength: 9, maxLength: 9 }),
      withGap: fc.array(arbitraryName, { maxLength: 3 }),
      limit: fc.integer({ min: 1, max: 5 }),
      prefixLength: fc.integer({ min: 0, max: 1 }),
    });
    await fc.assert(
      fc.asyncProperty(arbitrary, async ({ histories, stored, withGap, limit, prefixLength }) => {
        await database.pool.query('truncate services, observations');
        const reports = Object.entries(histories).map(([service_name, history]) =>
          history.map((sighting): ReportBody => ({ service_name, ...sighting })),
        );
        const isStored = (at: number, report: number) => report < (stored[at] ?? 0);
        const some = (wanted: boolean) =>
          reports.flatMap((own, at) => own.filter((_, report) => isStored(at, report) === wanted));
        await database.withClient((client) => observe(client, some(true)));
        await database.pool.query(
          `insert into services (bucket, service_name, gap_seconds)
           select minikom_bucket(name), name, ${GAP_SECONDS} from unnest($1::text[]) as names (name)
           on conflict (bucket, service_name) do nothing`,
          [[...new Set(withGap)]],
        );
        const pending = foldedOf(some(false));
        const source: HistorySource = {
          ...storedHistory(database.pool, GAP_SECONDS),
          pending: (services) => Promise.resolve(unpack(pack(pending.hoursOf(services)))),
        };
        const { latestEvents } = modelAnswers(reports.flat(), Infinity, { gapSeconds: GAP_SECONDS });
        const prefix = Array.from(Object.keys(histories)[0] ?? '')
          .slice(0, prefixLength)
          .join('');
        const names = [...latestEvents.keys()].filter((name) => name.startsWith(prefix)).sort(compareNames);
        const told: [string, number][] = [];
        for (let after: string | undefined, isLast = false; !isLast;) {
          const { newest, last } = await newestPage(source, namesAfter(after, limit, prefix));
          const page = newest.map(({ serviceName, interval }): [string, number] => [
            serviceName,
            interval.start,
          ]);
          told.push(...page.sort(([a], [b]) => compareNames(a, b)));
          after = last;
          isLast = last === undefined;
        }
        expect(told).to.deep.equal(names.map((name) => [name, latestEvents.get(name)?.[0]?.start_time]));
      }),
      { numRuns: 80 },
    );
  });

  it('are read in parts that do not grow with them, and two parts ahead of who takes them', async () => {
    await database.pool.query(
      `with names as (select n || ' ' || repeat('☂', 240) as name from generate_series(1, 4000) as n), hours as (
         insert into observations (bucket, service_name, hour, deploy, issue)
         select minikom_bucket(name), name, 1000, '{[9,10)}', '{}' from names
       )
       insert into services (bucket, service_name, newest_hour) select minikom_bucket(name), name, 1000 from names`,
    );
    let asked = 0;
    const read: number[] = [];
    const counted = new Proxy(database.pool, {
      get: (pool, name) =>
        name === 'query'
          ? async (query: string) => {
              const result = await pool.query(query);
              read.push(result.rowCount ?? 0);
              return result;
            }
          : (Reflect.get(pool, name) as unknown),
    });
    const stored = storedHistory(counted, GAP_SECONDS);
    const counting: HistorySource = { ...stored, pending: (range) => (asked++, stored.pending(range)) };
    const parts: number[] = [];
    for await (const newest of allNewest(counting)) {
      parts.push(newest.length);
      expect(asked).to.be.at.most(parts.length + 2);
    }
    expect(parts.reduce((sum, services) => sum + services)).to.equal(4000);
    expect(Math.max(...read), 'half a megabyte of names').to.be.at.most(1000);
    expect(parts.length).to.be.above(4);
  });

  it('are told of whom nothing is stored, however many they are, each in its place', async () => {
    await database.pool.query('truncate services, observations');
    const names = Array.from({ length: 5000 }, (_, at) => `service ${String(at).padStart(4, '0')}`);
    await database.withClient((client) =>
      observe(
        client,
        [names[0], names[2500]].map((service_name = '') => ({
          service_name,
          state: 'deploy' as const,
          timestamp: 7200,
        })),
      ),
    );
    const folded = foldedOf(
      names.map((service_name) => ({ service_name, state: 'issue' as const, timestamp: 7205 })),
    );
    const source: HistorySource = {
      ...storedHistory(database.pool, GAP_SECONDS),
      pending: (services) => Promise.resolve(unpack(pack(folded.hoursOf(services)))),
    };
    const told: string[] = [];
    for await (const newest of allNewest(source)) {
      expect(newest.length).to.be.at.most(4001);
      told.push(...newest.map(({ serviceName }) => serviceName).sort());
    }
    expect(told).to.deep.equal(names);
  });
});

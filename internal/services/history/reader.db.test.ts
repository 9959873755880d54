import { expect } from 'chai';
import fc from 'fast-check';
import pg from 'pg';

import { arbitraryHistory, states, type Sighting } from '../../testing/arbitrary-reports.ts';
import { foldedOf, observe } from '../../testing/columns-of.ts';
import { modelAnswers } from '../../testing/timeline-model.ts';
import type { ReportBody } from '../../testing/vectors.ts';
import { useDatabase } from '../../testing/use-database.ts';
import { SECONDS_PER_HOUR } from '../timeline.ts';
import { gapsFrom } from '../gaps.ts';
import { pack, unpack } from '../settling/packed-hours.ts';
import { newestIntervalOfEach, newestIntervals, storedHistory } from '../testing/stored-history.ts';
import type { Interval } from '../timeline.ts';
import { advanceCheckpoints } from './checkpoints.ts';
import { eachNewestHour } from './hours.ts';
import { namesAfter } from './names.ts';

const FIRST_HOUR = 1000;
const BEGIN = FIRST_HOUR * SECONDS_PER_HOUR;
const GAP_SECONDS = 4;
const ALL = namesAfter(undefined, 1000);

describe('a history read back', () => {
  const database = useDatabase((pool) => pool.query('truncate pending_reports, services, observations'));

  async function empty(): Promise<void> {
    await database.pool.query('truncate pending_reports, services, observations');
  }

  async function write(reports: readonly ReportBody[]): Promise<void> {
    await database.withClient((client) => observe(client, reports));
  }

  /** Stores a state that lasts for whole hours, second by second. */
  async function writeHours(serviceName: string, hours: number): Promise<void> {
    await database.pool.query(
      `insert into observations (bucket, service_name, hour, deploy, issue)
       select minikom_bucket($1), $1, hour, '{[0,3600)}', '{}' from generate_series($2::int, $2::int + $3::int - 1) as hours (hour)`,
      [serviceName, FIRST_HOUR, hours],
    );
    await database.pool.query(
      'insert into services (bucket, service_name, newest_hour) values (minikom_bucket($1), $1, $2)',
      [serviceName, FIRST_HOUR + hours - 1],
    );
  }

  const reportsOf = (service_name: string, history: readonly Sighting[]): ReportBody[] =>
    history.map((sighting) => ({ service_name, ...sighting }));
  const deploy = (start: number, end: number): Interval => ({ state: 'deploy', start, end });

  /** The newest `wanted` intervals, at most 50, of a history that is long over. */
  function modelIntervals(history: readonly Sighting[], wanted: number, gapSeconds: number): Interval[] {
    const { latestEvents } = modelAnswers(reportsOf('web', history), Infinity, { gapSeconds });
    return (latestEvents.get('web') ?? []).slice(0, wanted).map(({ state, start_time, end_time }) => ({
      state: state === 'issue' ? 'issue' : 'deploy',
      start: start_time,
      end: Number(end_time),
    }));
  }

  it('is empty for a service never reported', async () => {
    expect(await newestIntervals(database.pool, 'nobody', 50, 2)).to.deep.equal([]);
    expect(await newestIntervalOfEach(database.pool, 2)).to.deep.equal(new Map());
  });

  for (let apart = 1; apart <= GAP_SECONDS + 1; apart++) {
    const joins = apart <= GAP_SECONDS;
    it(`${joins ? 'joins' : 'parts'} two seconds ${apart} s apart wherever the full hour lies between them`, async () => {
      const histories = Array.from({ length: apart }, (_, secondsBefore): [string, Sighting[]] => {
        const first = BEGIN - 1 - secondsBefore;
        return [
          `the hour ${secondsBefore + 1} s after the first`,
          [first, first + apart].map((timestamp) => ({ state: 'deploy', timestamp })),
        ];
      });
      await write(histories.flatMap(([name, history]) => reportsOf(name, history)));
      const newest = await newestIntervalOfEach(database.pool, GAP_SECONDS);
      for (const [name, [first]] of histories) {
        const start = Number(first?.timestamp);
        const expected = joins
          ? [deploy(start, start + apart + 1)]
          : [deploy(start + apart, start + apart + 1), deploy(start, start + 1)];
        expect(await newestIntervals(database.pool, name, 50, GAP_SECONDS), name).to.deep.equal(expected);
        expect(newest.get(name), name).to.deep.equal(expected[0]);
      }
    });
  }

  it('is one interval for a state that lasts for 100 hours', async () => {
    await writeHours('web', 100);
    const whole = deploy(BEGIN, BEGIN + 100 * SECONDS_PER_HOUR);
    expect(await newestIntervals(database.pool, 'web', 50, 2)).to.deep.equal([whole]);
    expect(await newestIntervalOfEach(database.pool, 2)).to.deep.equal(new Map([['web', whole]]));
  });

  it('is looked back at as far as the newest interval reaches, however many hours that is', async () => {
    const lengths = Array.from({ length: 70 }, (_, index) => index + 1);
    for (const hours of lengths) await writeHours(`${hours} hours`, hours);
    // Before some of them: what must not be taken for a part of the newest interval.
    const earlier = lengths.filter((hours) => hours % 2 === 0);
    await write(
      earlier.flatMap((hours) => reportsOf(`${hours} hours`, [{ state: 'issue', timestamp: BEGIN - 1 }])),
    );
    const newest = await newestIntervalOfEach(database.pool, 2);
    for (const hours of lengths) {
      const name = `${hours} hours`;
      const expected = deploy(BEGIN, BEGIN + hours * SECONDS_PER_HOUR);
      expect(newest.get(name), name).to.deep.equal(expected);
      expect(await newestIntervals(database.pool, name, 1, 2), name).to.deep.equal([expected]);
    }
  });

  it('is the same in whichever order Postgres finds the hours', async () => {
    const hours = Array.from({ length: 7 }, (_, hour) => BEGIN + (6 - hour) * SECONDS_PER_HOUR);
    for (const begin of hours) {
      const seconds = Array.from({ length: SECONDS_PER_HOUR }, (_, second) => begin + second);
      await write(
        states.flatMap((state) =>
          reportsOf(
            'web',
            seconds.map((timestamp) => ({ state, timestamp })),
          ),
        ),
      );
    }
    // A hash join with a scan of the table gives the rows as they lie there: here newest first.
    const scanning = new pg.Pool({
      connectionString: database.connectionString,
      options: ['indexscan', 'indexonlyscan', 'bitmapscan', 'nestloop', 'mergejoin']
        .map((way) => `-c enable_${way}=off`)
        .join(' '),
    });
    try {
      const whole = { state: 'issue', start: BEGIN, end: BEGIN + 7 * SECONDS_PER_HOUR };
      expect(await newestIntervalOfEach(scanning, 2)).to.deep.equal(new Map([['web', whole]]));
      expect(await newestIntervals(scanning, 'web', 50, 2)).to.deep.equal([whole]);
    } finally {
      await scanning.end();
    }
  });

  it('begins with the first second ever, if nothing came before', async () => {
    await write(reportsOf('web', [{ state: 'deploy', timestamp: 0.5 }]));
    expect(await newestIntervalOfEach(database.pool, 3600)).to.deep.equal(new Map([['web', deploy(0, 1)]]));
    expect(await newestIntervals(database.pool, 'web', 50, 3600)).to.deep.equal([deploy(0, 1)]);
  });

  it('is the newest 50 intervals exactly, also when the 50th reaches over the hours read so far', async () => {
    // Pages end after 24 and 72 hours: put the oldest wanted interval on either side of there and across.
    for (const perHour of [1, 2, 3]) {
      for (const hours of [16, 17, 23, 24, 25, 26, 49, 50, 51, 71, 72, 73]) {
        for (const across of [true, false]) {
          await empty();
          const history = evenHistory(hours, perHour, across);
          await write(reportsOf('web', history));
          const message = `${hours} hours of ${perHour}, across: ${across ? 'yes' : 'no'}`;
          for (const wanted of [1, 23, 24, 25, 48, 49, 50]) {
            expect(await newestIntervals(database.pool, 'web', wanted, 2), message).to.deep.equal(
              modelIntervals(history, wanted, 2),
            );
          }
        }
      }
    }
  });

  /** Hours with the same count of intervals each; if `across`, each hour's last one goes on in the next hour. */
  function evenHistory(hours: number, perHour: number, across: boolean): Sighting[] {
    return Array.from({ length: hours }, (_, hour) => hour).flatMap((hour) => {
      const begin = BEGIN + hour * SECONDS_PER_HOUR;
      const inside = Array.from(
        { length: across ? perHour - 1 : perHour },
        (_, index) => begin + 100 + 10 * index,
      );
      const border = across ? [begin + SECONDS_PER_HOUR - 1, begin + SECONDS_PER_HOUR] : [];
      return [...inside, ...border].map((timestamp) => ({ state: 'deploy' as const, timestamp }));
    });
  }

  // Of a long hour only its end is read for the list of services: see what comes of it wherever that cuts it.
  const flickering = fc
    .record({
      hourBefore: fc.boolean(),
      flickers: fc.integer({ min: 8, max: 60 }),
      apart: fc.integer({ min: 2, max: 7 }),
      pause: fc.constantFrom(0, 1, 3, 200, 299, 400),
      lasts: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 290, max: 310 })),
    })
    .map(({ hourBefore, flickers, apart, pause, lasts }): Sighting[] => {
      const flicker = Array.from({ length: flickers }, (_, index) => index).flatMap((index): Sighting[] => [
        { state: 'issue', timestamp: BEGIN + index * apart },
        { state: 'deploy', timestamp: BEGIN + index * apart + 1 },
      ]);
      const end = BEGIN + flickers * apart + pause;
      const last = Array.from({ length: lasts }, (_, second): Sighting => ({
        state: 'deploy',
        timestamp: end + second,
      }));
      const before: Sighting[] = hourBefore ? [{ state: 'issue', timestamp: BEGIN - 1 }] : [];
      return [...before, ...flicker, ...last];
    });

  it('equals the model for long hours, stored in part or as a whole, with a checkpoint or without', async () => {
    const arbitrary = fc.record({
      histories: fc.array(flickering, { minLength: 1, maxLength: 4 }),
      pendingShare: fc.constantFrom(0, 2, 5),
      gapSeconds: fc.integer({ min: 1, max: 8 }),
      haveCheckpoints: fc.boolean(),
    });
    let cut = 0;
    await fc.assert(
      fc.asyncProperty(arbitrary, async ({ histories, pendingShare, gapSeconds, haveCheckpoints }) => {
        await empty();
        const named = histories.map((history, index) => ({ name: `service ${index}`, history }));
        const isPending = (at: number) => pendingShare > 0 && at % pendingShare === 1;
        const some = (pending: boolean) =>
          named.flatMap(({ name, history }) =>
            reportsOf(
              name,
              history.filter((_, at) => isPending(at) === pending),
            ),
          );
        await write(some(false));
        if (haveCheckpoints) {
          await database.withClient((client) =>
            advanceCheckpoints(client, FIRST_HOUR + 1, gapsFrom(gapSeconds)),
          );
        }
        const pending = unpack(pack(foldedOf(some(true)).hoursOf(ALL)));
        const source = {
          ...storedHistory(database.pool, gapSeconds),
          pending: () => Promise.resolve(pending),
        };
        await eachNewestHour(database.pool, ALL, ({ knownFrom }) => {
          if (knownFrom % SECONDS_PER_HOUR !== 0) cut++;
        });
        const newest = await newestIntervalOfEach(source, gapSeconds);
        for (const { name, history } of named)
          expect([newest.get(name)], name).to.deep.equal(modelIntervals(history, 1, gapSeconds));
      }),
      { numRuns: 150 },
    );
    expect(cut).to.be.greaterThan(50);
  });

  it('equals the model for any histories, gap and number of intervals wanted', async () => {
    const arbitrary = fc.record({
      histories: fc.array(arbitraryHistory, { minLength: 1, maxLength: 6 }),
      gapSeconds: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 3590, max: 3600 })),
      wanted: fc.integer({ min: 1, max: 50 }),
    });
    await fc.assert(
      fc.asyncProperty(arbitrary, async ({ histories, gapSeconds, wanted }) => {
        await empty();
        await write(histories.flatMap((history, index) => reportsOf(`service ${index}`, history)));
        const newest = await newestIntervalOfEach(database.pool, gapSeconds);
        expect([...newest.keys()]).to.have.members(histories.map((_, index) => `service ${index}`));
        for (const [index, history] of histories.entries()) {
          const name = `service ${index}`;
          expect(await newestIntervals(database.pool, name, wanted, gapSeconds)).to.deep.equal(
            modelIntervals(history, wanted, gapSeconds),
          );
          expect([newest.get(name)]).to.deep.equal(await newestIntervals(database.pool, name, 1, gapSeconds));
        }
      }),
      { numRuns: 150 },
    );
  });
});

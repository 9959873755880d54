import { expect } from 'chai';
import fc from 'fast-check';

import { inTransaction } from '../../database/transaction.ts';
import { arbitraryHistory, shuffledWithRepetitions, states } from '../../testing/arbitrary-reports.ts';
import { observe } from '../../testing/columns-of.ts';
import { modelAnswers } from '../../testing/timeline-model.ts';
import { until } from '../../testing/until.ts';
import { useDatabase } from '../../testing/use-database.ts';
import type { ReportBody } from '../../testing/vectors.ts';
import { bucketOf } from './hours.ts';
import { gapsFrom } from '../gaps.ts';
import { newestIntervalOfEach, newestIntervals } from '../testing/stored-history.ts';
import {
  advanceCheckpoints,
  claimCheckpoints,
  firstOpenHour,
  keepCheckpoints,
  keepFromCheckpoints,
} from './checkpoints.ts';
import { SECONDS_PER_HOUR } from '../timeline.ts';
import { deleteOldHours } from './old-hours.ts';
import type { Interval } from '../timeline.ts';

const GAP_SECONDS = 2;
const NEVER_OPEN = 2 ** 31 - 1;
const FIRST_HOUR = 1000;

describe('checkpoints', () => {
  const database = useDatabase(empty);

  function empty(pool = database.pool): Promise<unknown> {
    return pool.query('truncate pending_reports, services, observations');
  }

  const write = (reports: readonly ReportBody[]) =>
    database.withClient((client) =>
      inTransaction(client, async () => {
        await keepFromCheckpoints(client);
        await observe(client, reports);
      }),
    );
  const advance = (openHour = NEVER_OPEN, gapSeconds = GAP_SECONDS) =>
    database.withClient((client) => advanceCheckpoints(client, openHour, gapsFrom(gapSeconds)));

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

  async function checkpointHours(): Promise<Record<string, number | null>> {
    const { rows } = await database.pool.query<{ service_name: string; hour: number | null }>(
      `select service_name, case when checkpoint_state is not null then checkpoint_hour end as hour
       from services order by service_name`,
    );
    return Object.fromEntries(rows.map(({ service_name, hour }) => [service_name, hour]));
  }

  /** How many rows it takes to answer, and the answer. */
  async function rowsReadFor<T>(read: (pool: typeof database.pool) => Promise<T>): Promise<[number, T]> {
    let rowsRead = 0;
    const counting = new Proxy(database.pool, {
      get: (pool, name) =>
        name === 'query'
          ? async (query: string) => {
              const result = await pool.query(query);
              rowsRead += result.rowCount ?? 0;
              return result;
            }
          : (Reflect.get(pool, name) as unknown),
    });
    const answer = await read(counting);
    return [rowsRead, answer];
  }

  const report = (service_name: string, state: ReportBody['state'], timestamp: number): ReportBody => ({
    service_name,
    state,
    timestamp,
  });
  const deploy = (start: number, end: number): Interval => ({ state: 'deploy', start, end });
  const second = (hour: number, of = 0) => (FIRST_HOUR + hour) * SECONDS_PER_HOUR + of;

  it('save reading what lasts for thousands of hours', async () => {
    await writeHours('web', 3000);
    const whole = deploy(second(0), second(3000));
    expect(await advance()).to.equal(1);
    expect(await rowsReadFor((pool) => newestIntervalOfEach(pool, GAP_SECONDS))).to.deep.equal([
      1,
      new Map([['web', whole]]),
    ]);
    const [rows, newest] = await rowsReadFor((pool) => newestIntervals(pool, 'web', 50, GAP_SECONDS));
    expect(newest).to.deep.equal([whole]);
    expect(rows).to.equal(2);
  });

  it('are made anew once an hour is over, from the ones before', async () => {
    await writeHours('web', 3);
    expect(await advance(FIRST_HOUR + 1)).to.equal(1);
    expect(await checkpointHours()).to.deep.equal({ web: FIRST_HOUR + 1 });
    expect(await advance(FIRST_HOUR + 1)).to.equal(0);
    await write([report('web', 'issue', second(2, 3599))]);
    expect(await checkpointHours()).to.deep.equal({ web: FIRST_HOUR + 1 });
    expect(await advance()).to.equal(1);
    expect(await checkpointHours()).to.deep.equal({ web: FIRST_HOUR + 2 });
  });

  it('are taken away by what changes an hour before them, and by nothing else', async () => {
    await write([report('web', 'deploy', second(0)), report('web', 'deploy', second(5))]);
    await advance();
    await write([report('web', 'deploy', second(0)), report('web', 'deploy', second(5, 9))]);
    expect(await checkpointHours()).to.deep.equal({ web: FIRST_HOUR + 5 });
    await write([report('web', 'deploy', second(4, 3599)), report('web', 'issue', second(7))]);
    expect(await checkpointHours()).to.deep.equal({ web: null });
  });

  it('count for the gap only that they were made with', async () => {
    const seconds = [second(0, 3590), second(0, 3593), second(0, 3596), second(0, 3599)];
    await write([...seconds, second(1)].map((timestamp) => report('web', 'deploy', timestamp)));
    const newest = (gapSeconds: number) => newestIntervals(database.pool, 'web', 1, gapSeconds);
    const [short, whole] = [deploy(second(0, 3599), second(1, 1)), deploy(second(0, 3590), second(1, 1))];
    for (const gapSeconds of [3, 2, 3]) {
      expect(await advance(NEVER_OPEN, gapSeconds)).to.equal(1);
      expect(await newest(2)).to.deep.equal([short]);
      expect(await newest(3)).to.deep.equal([whole]);
    }
  });

  it('are read with the hours from them on', async () => {
    await writeHours('web', 50);
    await advance(FIRST_HOUR + 20);
    const whole = deploy(second(0), second(50));
    expect((await newestIntervalOfEach(database.pool, GAP_SECONDS)).get('web')).to.deep.equal(whole);
    await database.pool.query('delete from observations where hour = $1', [FIRST_HOUR + 30]);
    expect((await newestIntervalOfEach(database.pool, GAP_SECONDS)).get('web')).to.deep.equal(
      deploy(second(31), second(50)),
    );
  });

  it('know since when a service is in its state after those hours were deleted', async () => {
    await writeHours('web', 100);
    await advance();
    await database.withClient((client) => deleteOldHours(client, FIRST_HOUR + 90, 1000));
    await writeHours('other', 101);
    await write([report('web', 'deploy', second(100))]);
    await advance();
    const whole = deploy(second(0), second(100, 1));
    expect((await newestIntervalOfEach(database.pool, GAP_SECONDS)).get('web')).to.deep.equal(whole);
    expect(await newestIntervals(database.pool, 'web', 50, GAP_SECONDS)).to.deep.equal([whole]);
  });

  it('are made of the ones before where no hour between is left', async () => {
    await writeHours('web', 100);
    await advance(FIRST_HOUR + 50);
    await database.withClient((client) => deleteOldHours(client, FIRST_HOUR + 99, 1000));
    expect(await advance()).to.equal(1);
    // What lies between is not stored any more, so the two do not meet.
    expect(await newestIntervals(database.pool, 'web', 50, GAP_SECONDS)).to.deep.equal([
      deploy(second(99), second(100)),
      deploy(second(0), second(50)),
    ]);
  });

  it('are made of the others where some cannot be', async () => {
    const names = Array.from({ length: 2500 }, (_, index) => `service ${index}`);
    await write(
      names.flatMap((name) => [report(name, 'issue', second(0)), report(name, 'issue', second(1))]),
    );
    const failing = database.withClient((client) => {
      let looks = 0;
      const query = client.query.bind(client) as (...args: unknown[]) => unknown;
      const once = Object.create(client, {
        query: {
          value: (...args: unknown[]) => {
            const isLook = (args[0] as { name?: string } | undefined)?.name === 'last known of';
            if (isLook && looks++ === 0) return Promise.reject(new Error('this once'));
            return query(...args);
          },
        },
      }) as typeof client;
      return advanceCheckpoints(once, NEVER_OPEN, gapsFrom(GAP_SECONDS));
    });
    expect(await failing.catch(String)).to.equal('Error: this once');
    // Those of one step: the services of one bucket.
    expect(await advance()).to.equal(names.filter((name) => bucketOf(name) === 0).length);
  });

  it('are not made any more once the service stops', async () => {
    await writeHours('web', 3);
    const stopped = AbortSignal.abort(new Error('stopped'));
    const advancing = database.withClient((client) =>
      advanceCheckpoints(client, NEVER_OPEN, gapsFrom(GAP_SECONDS), stopped),
    );
    expect(await advancing.catch(String)).to.equal('Error: stopped');
    expect(await checkpointHours()).to.deep.equal({ web: null });
  });

  it('change no answer, whenever they are made, whatever the histories, and the order of reports', async () => {
    const arbitrary = fc.array(arbitraryHistory, { minLength: 1, maxLength: 3 }).chain((histories) => {
      const reports = histories.flatMap((history, index) =>
        history.map((sighting) => ({ service_name: `service ${index}`, ...sighting })),
      );
      const hours = reports.map(({ timestamp }) => Math.floor(timestamp / SECONDS_PER_HOUR));
      const step = fc.record({
        reports: fc.integer({ min: 1, max: 12 }),
        openHour: fc.constantFrom(NEVER_OPEN, ...hours, ...hours.map((hour) => hour + 1)),
        gapSeconds: fc.oneof(
          { weight: 5, arbitrary: fc.constant(GAP_SECONDS) },
          { arbitrary: fc.constant(3), weight: 1 },
        ),
      });
      return fc.record({
        reports: fc.oneof(fc.constant(reports), shuffledWithRepetitions(reports)),
        // With the longest, intervals go on over hours in which little was reported.
        gap: fc.constantFrom(GAP_SECONDS, 3600),
        steps: fc.array(step, { minLength: 1, maxLength: 12 }),
      });
    });
    await fc.assert(
      fc.asyncProperty(arbitrary, async ({ reports, gap, steps }) => {
        await empty();
        let written = 0;
        for (const [index, { reports: some, openHour, gapSeconds }] of steps.entries()) {
          const from = written;
          written = index === steps.length - 1 ? reports.length : written + some;
          if (from < reports.length) await write(reports.slice(from, written));
          await advance(openHour, gapSeconds === GAP_SECONDS ? gap : gapSeconds);
          await expectModelAnswers(reports.slice(0, written), gap);
        }
      }),
      { numRuns: 100 },
    );
  });

  async function expectModelAnswers(reports: readonly ReportBody[], gapSeconds = GAP_SECONDS): Promise<void> {
    const { latestEvents } = modelAnswers(reports, Infinity, { gapSeconds });
    const newest = await newestIntervalOfEach(database.pool, gapSeconds);
    expect(new Set(newest.keys())).to.deep.equal(new Set(latestEvents.keys()));
    for (const [name, events] of latestEvents) {
      const intervals = events.map(({ state, start_time, end_time }) => ({
        ...{ state, start: start_time, end: end_time },
      }));
      expect(await newestIntervals(database.pool, name, 50, gapSeconds)).to.deep.equal(intervals);
      expect(newest.get(name)).to.deep.equal(intervals[0]);
    }
  }

  it('change no answer when they are made while reports of any hour are being added', async () => {
    const hours = 4;
    for (let round = 0; round < 15; round++) {
      await empty();
      // Both ends of each hour, in any order: whether two hours are one interval depends on all four seconds.
      const ends = Array.from({ length: hours }, (_, hour) =>
        [0, 1, 3598, 3599].map((of) => second(hour, of)),
      );
      const reports = ['a', 'b'].flatMap((name) =>
        ends.flat().map((timestamp) => report(name, states[round % 2] ?? 'issue', timestamp)),
      );
      const [shuffled = []] = fc.sample(fc.shuffledSubarray(reports, { minLength: reports.length }), 1);
      const writers = [0, 1, 2].map((writer) => shuffled.filter((_, index) => index % 3 === writer));
      const state = { isWriting: true };
      const writing = Promise.all(
        writers.map(async (own) => {
          for (const one of own) await write([one]);
        }),
      ).finally(() => (state.isWriting = false));
      for (let openHour = 0; state.isWriting; openHour = (openHour + 1) % (hours + 1)) {
        await advance(FIRST_HOUR + openHour);
      }
      await writing;
      await expectModelAnswers(reports);
    }
  });

  it('are made of what is being settled, too, or not kept', async () => {
    await write([report('web', 'deploy', second(1)), report('web', 'deploy', second(2))]);
    let advancing: Promise<unknown> | undefined;
    await database.withClient((client) =>
      inTransaction(client, async () => {
        await keepFromCheckpoints(client);
        await observe(client, [report('web', 'deploy', second(0, 3599))]);
        advancing = advance(FIRST_HOUR + 2);
        await until('the one who makes checkpoints waits', async () => {
          const { rowCount } = await database.pool.query(`
            select from pg_locks join pg_database on pg_database.oid = pg_locks.database
            where datname = current_database() and not granted`);
          return rowCount === 1;
        });
      }),
    );
    await advancing;
    expect(await newestIntervals(database.pool, 'web', 2, GAP_SECONDS)).to.deep.equal([
      deploy(second(2), second(2, 1)),
      deploy(second(0, 3599), second(1, 1)),
    ]);
  });

  it('are not kept if an hour before them changes while they are made', async () => {
    await write([report('web', 'deploy', second(1)), report('web', 'deploy', second(2))]);
    await database.withClient(async (client) => {
      await claimCheckpoints(client, bucketOf('web'), [{ serviceName: 'web', hour: FIRST_HOUR + 2 }]);
      await write([report('web', 'deploy', second(2, 9))]);
      await write([report('web', 'deploy', second(0, 3599))]);
      const made = {
        ...{ serviceName: 'web', hour: FIRST_HOUR + 2, gapSeconds: GAP_SECONDS },
        interval: deploy(second(1), second(1, 1)),
      };
      expect(await keepCheckpoints(client, bucketOf('web'), [made])).to.equal(0);
    });
    expect(await checkpointHours()).to.deep.equal({ web: null });
  });

  it('stand where no more reports are to be expected', () => {
    expect(firstOpenHour(second(3, 69), 10)).to.equal(FIRST_HOUR + 2);
    expect(firstOpenHour(second(3, 70), 10)).to.equal(FIRST_HOUR + 3);
  });
});

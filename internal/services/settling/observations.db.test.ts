import { expect } from 'chai';
import fc from 'fast-check';
import type pg from 'pg';

import { states } from '../../testing/arbitrary-reports.ts';
import { observe } from '../../testing/columns-of.ts';
import { useDatabase } from '../../testing/use-database.ts';
import type { ReportBody } from '../../testing/vectors.ts';
import { SECONDS_PER_HOUR } from '../timeline.ts';

const WRITERS = 6;

// Few names, hours and seconds: batches meet in most rows.
const arbitraryReport: fc.Arbitrary<ReportBody> = fc.record({
  service_name: fc.constantFrom('a', 'b', 'Z', 'é', '\uffff', '😀', 'long'.repeat(60)),
  state: fc.constantFrom(...states),
  timestamp: fc
    .record({ hour: fc.nat({ max: 3 }), second: fc.oneof(fc.nat({ max: 9 }), fc.nat({ max: 3599 })) })
    .map(({ hour, second }) => hour * SECONDS_PER_HOUR + second),
});
const arbitraryBatches = fc.array(fc.array(arbitraryReport, { minLength: 1, maxLength: 20 }), {
  minLength: 1,
  maxLength: 30,
});

describe('the observations', () => {
  const database = useDatabase(empty);

  function empty(pool: pg.Pool = database.pool): Promise<unknown> {
    return pool.query('truncate pending_reports, services, observations');
  }

  const write = (reports: readonly ReportBody[]) => database.withClient((client) => observe(client, reports));

  /** Each writer on its own connection, one batch after the other; writers run at the same time. */
  async function writeAtOnce(batchesOfWriters: readonly (readonly ReportBody[][])[]): Promise<void> {
    const outcomes = await Promise.allSettled(
      batchesOfWriters.map(async (batches) => {
        for (const batch of batches) await write(batch);
      }),
    );
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  /** Everything stored, as plain rows in order of their keys. */
  async function stored(): Promise<unknown> {
    const observations = await database.pool.query(
      'select service_name, hour, deploy::text, issue::text from observations order by service_name, hour',
    );
    return { observations: observations.rows, services: await storedServices() };
  }

  async function storedServices(): Promise<unknown[]> {
    const { rows } = await database.pool.query<{ service_name: string; newest_hour: number }>(
      'select service_name, newest_hour from services order by service_name',
    );
    return rows;
  }

  const report = (service_name: string, state: ReportBody['state'], timestamp: number): ReportBody => ({
    ...{ service_name, state, timestamp },
  });

  it('adds seconds to those already there, in both states', async () => {
    await write([report('a', 'deploy', 10), report('a', 'deploy', 12)]);
    await write([report('a', 'deploy', 11), report('a', 'issue', 11), report('b', 'issue', 3600)]);
    expect(await stored()).to.deep.equal({
      observations: [
        { service_name: 'a', hour: 0, deploy: '{[10,13)}', issue: '{[11,12)}' },
        { service_name: 'b', hour: 1, deploy: '{}', issue: '{[0,1)}' },
      ],
      services: [
        { service_name: 'a', newest_hour: 0 },
        { service_name: 'b', newest_hour: 1 },
      ],
    });
  });

  it('changes nothing when the same batch is written again', async () => {
    const batch = [report('a', 'deploy', 10), report('a', 'issue', 7200), report('b', 'issue', 5)];
    await write(batch);
    const once = await stored();
    await write(batch);
    expect(await stored()).to.deep.equal(once);
  });

  it('moves the newest hour of a service forward, never back', async () => {
    await write([report('a', 'deploy', 2 * SECONDS_PER_HOUR)]);
    await write([report('a', 'deploy', 0)]);
    expect(await storedServices()).to.deep.equal([{ service_name: 'a', newest_hour: 2 }]);
    await write([report('a', 'deploy', 5 * SECONDS_PER_HOUR), report('a', 'issue', SECONDS_PER_HOUR)]);
    expect(await storedServices()).to.deep.equal([{ service_name: 'a', newest_hour: 5 }]);
  });

  it('writes no row that holds everything already, beside one that does not', async () => {
    const version = async () => {
      const services = await database.pool.query('select service_name, ctid, xmax from services');
      const hours = await database.pool.query('select hour, ctid, xmax from observations where hour = 1');
      return [services.rows, hours.rows];
    };
    await write([report('a', 'deploy', SECONDS_PER_HOUR), report('a', 'issue', SECONDS_PER_HOUR + 2)]);
    await database.pool.query('update services set checkpoint_hour = null');
    const before = await version();
    await write([report('a', 'deploy', SECONDS_PER_HOUR), report('a', 'issue', 1)]);
    await write([report('a', 'issue', SECONDS_PER_HOUR + 2)]);
    expect(await version()).to.deep.equal(before);
    expect((await database.pool.query('select from observations')).rowCount).to.equal(2);
  });

  it('takes more rows in one batch than a statement may have parameters', async () => {
    const rows = 70_000; // A statement's parameters are counted in 16 bits.
    await write(
      Array.from({ length: rows }, (_, index) => ({
        service_name: `${index}`,
        state: 'deploy',
        timestamp: index,
      })),
    );
    const { rows: counts } = await database.pool.query(
      'select count(*)::int4 as services, count(distinct service_name)::int4 as names from observations',
    );
    expect(counts).to.deep.equal([{ services: rows, names: rows }]);
  });

  it('adds what only one of the two states lacks', async () => {
    await write([report('a', 'deploy', 1), report('a', 'issue', 2)]);
    await write([report('a', 'deploy', 1), report('a', 'issue', 3)]);
    await write([report('a', 'deploy', 4), report('a', 'issue', 2)]);
    const { rows } = await database.pool.query('select deploy::text, issue::text from observations');
    expect(rows).to.deep.equal([{ deploy: '{[1,2),[4,5)}', issue: '{[2,4)}' }]);
  });

  it('stores the same whatever the batches, their order and how many are written at once', async () => {
    const arbitrary = arbitraryBatches.chain((batches) =>
      fc.record({
        batches: fc.constant(batches),
        // Each batch goes to one or two writers, and each writer takes its batches in an order of its own.
        writers: fc.array(fc.shuffledSubarray(batches.map((_, index) => index)), {
          minLength: WRITERS - 1,
          maxLength: WRITERS - 1,
        }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(arbitrary, async ({ batches, writers }) => {
        await empty();
        await write(batches.flat());
        const expected = await stored();
        await empty();
        const taken = new Set(writers.flat());
        const rest = batches.map((_, index) => index).filter((index) => !taken.has(index));
        await writeAtOnce(
          [...writers, rest].map((indices) => indices.flatMap((index) => batches.slice(index, index + 1))),
        );
        expect(await stored()).to.deep.equal(expected);
      }),
      { numRuns: 25 },
    );
  });

  it('lets large batches of the same rows, each in an order of its own, wait for each other without a deadlock', async () => {
    const names = Array.from({ length: 300 }, (_, index) => `service ${index}`);
    const reports = names.flatMap((name) =>
      [0, 1].map((hour) => report(name, 'deploy', hour * SECONDS_PER_HOUR)),
    );
    const [first = [], ...orders] = fc.sample(fc.shuffledSubarray(reports, { minLength: reports.length }), {
      numRuns: 8 * WRITERS,
      seed: 7,
    });
    const writers = Array.from({ length: WRITERS }, (_, writer) =>
      orders.filter((_, index) => index % WRITERS === writer),
    );
    await writeAtOnce(writers);
    const together = await stored();
    await empty();
    await write(first);
    expect(together).to.deep.equal(await stored());
  });

  it('keeps the newest of the hours that several writers bring at once, without a deadlock', async () => {
    // No two write the same hour, but all move the newest hours of the same services forward.
    const names = Array.from({ length: 300 }, (_, index) => `service ${index}`);
    const rounds = Array.from({ length: 8 }, (_, round) => round);
    await writeAtOnce(
      Array.from({ length: WRITERS }, (_, writer) =>
        rounds.map((round) =>
          names.map((name) => report(name, 'issue', (round * WRITERS + writer) * SECONDS_PER_HOUR)),
        ),
      ),
    );
    const newestHour = rounds.length * WRITERS - 1;
    expect(await storedServices()).to.deep.equal(
      names.toSorted().map((name) => ({ service_name: name, newest_hour: newestHour })),
    );
  });
});

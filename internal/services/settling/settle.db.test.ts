import { expect } from 'chai';
import fc from 'fast-check';
import pg from 'pg';

import { states } from '../../testing/arbitrary-reports.ts';
import { columnsOf, observe } from '../../testing/columns-of.ts';
import { settleAll } from '../../testing/services-database.ts';
import { useDatabase } from '../../testing/use-database.ts';
import type { ReportBody } from '../../testing/vectors.ts';
import type { Services } from '../history/hours.ts';
import type { PendingHours } from '../history/reader.ts';
import { reportSink } from '../reports/batches.ts';
import { newestIntervalOfEach } from '../testing/stored-history.ts';
import { unpack } from './packed-hours.ts';
import { addPending, settlerName } from './pending.ts';
import { Settling } from './settle-thread.ts';

// Few names, hours and seconds: batches meet in most rows.
const arbitraryReport: fc.Arbitrary<ReportBody> = fc.record({
  service_name: fc.constantFrom('a', 'b', 'é', '😀'),
  state: fc.constantFrom(...states),
  timestamp: fc.oneof(fc.nat({ max: 9 }), fc.nat({ max: 9000 })),
});
const arbitraryBatches = fc.array(fc.array(arbitraryReport, { minLength: 1, maxLength: 20 }), {
  minLength: 1,
  maxLength: 12,
});
const arbitrarySettlers = fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 8 });

describe('settling', () => {
  const database = useDatabase((pool) =>
    pool.query('truncate pending_reports, unreadable_reports, services, observations'),
  );
  let pools: pg.Pool[];
  let settlers: Settling[];
  const sink = reportSink();

  beforeEach(() => {
    pools = [0, 1, 2].map(() => new pg.Pool({ connectionString: database.connectionString, max: 2 }));
    settlers = pools.map((pool) => new Settling(pool));
  });

  afterEach(() => Promise.all(pools.map((pool) => pool.end())));

  function settler(index: number): Settling {
    const one = settlers[index];
    if (one === undefined) throw new RangeError(`there is no settler ${index}`);
    return one;
  }
  const write = (reports: readonly ReportBody[]) =>
    database.withClient((client) => sink.write(client, columnsOf(reports)));

  async function observed(): Promise<unknown[]> {
    const observations = await database.pool.query(
      'select service_name, hour, deploy::text, issue::text from observations order by service_name, hour',
    );
    const services = await database.pool.query(
      'select service_name, newest_hour from services order by service_name',
    );
    return [observations.rows, services.rows];
  }

  /** What a settler says is pending, as those who read it get it. */
  async function pendingOf(index: number, services: Services): Promise<PendingHours> {
    const { pending } = await settler(index).run({ ask: 'pending', services });
    return pending === undefined ? new Map() : unpack(pending);
  }

  const readBy = (index: number) =>
    newestIntervalOfEach(
      {
        database: database.pool,
        pending: (services) => pendingOf(index, services),
        gapOf: (_, own) => own ?? 2,
        longestGapSeconds: 2,
      },
      2,
    );

  it('tells what it did', async () => {
    await write([{ service_name: 'a', state: 'issue', timestamp: 1 }]);
    await write([
      { service_name: 'a', state: 'issue', timestamp: 3601 },
      { service_name: 'b', state: 'deploy', timestamp: 2 },
    ]);
    const settled = await settler(0).settle();
    expect(settled).to.deep.include({ serviceNames: ['a', 'b'], batches: 2 });
    expect(await settler(0).settle()).to.deep.include({ batches: 0, bytes: 0 });
  });

  it('adds the hours of a long history in pieces, none of which takes as long as all', async () => {
    const added: number[] = [];
    pools[0]?.on('connect', (client) => {
      const query = client.query.bind(client) as (...given: unknown[]) => unknown;
      client.query = ((...given: unknown[]) => {
        const [{ name, values = [] } = {}] = given as [{ name?: string; values?: unknown[] }?];
        if (name === 'add observations') added.push((values[0] as string[]).length);
        return query(...given);
      }) as typeof client.query;
    });
    const hours = Array.from({ length: 12_000 }, (_, hour) => hour);
    await write(hours.map((hour) => ({ service_name: 'a', state: 'issue', timestamp: 3600 * hour })));
    await settler(0).settle();
    expect(added).to.deep.equal([5000, 5000, 2000]);
    const [observations, services] = await observed();
    expect(observations).to.have.length(hours.length);
    expect(services).to.deep.equal([{ service_name: 'a', newest_hour: 11_999 }]);
    expect(await settler(0).settle()).to.deep.include({ batches: 0 });
  });

  it('names no more services than are worth it', async () => {
    await write(
      Array.from({ length: 5001 }, (_, index) => ({
        service_name: `${index}`,
        state: 'issue',
        timestamp: 1,
      })),
    );
    expect(await settler(0).settle()).to.include({ serviceNames: 'all' });
  });

  it('comes to the same as if all had been observed at once, whoever writes and settles when', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryBatches, arbitrarySettlers, async (batches, order) => {
        await database.pool.query('truncate pending_reports, services, observations');
        await database.withClient((client) => observe(client, batches.flat()));
        const expected = await observed();
        await database.pool.query('truncate services, observations');
        await Promise.all([...batches.map(write), ...order.map((index) => settler(index).settle())]);
        await settleAll(database.pool);
        expect(await observed()).to.deep.equal(expected);
        expect((await database.pool.query('select from pending_reports')).rowCount).to.equal(0);
      }),
      { numRuns: 60 },
    );
  });

  it('hides no report from anybody who reads, at any time, on any replica', async () => {
    const working = { isOver: false };
    const settle = async (index: number) => {
      while (!working.isOver) await settler(index).settle();
    };
    const read = async (index: number) => {
      const service_name = `service ${index}`;
      for (let second = 0; second < 150; second++) {
        await write([{ service_name, state: 'issue', timestamp: second }]);
        const newest = (await readBy(index)).get(service_name);
        expect(newest, `read ${second} by ${index}`).to.deep.equal({
          state: 'issue',
          start: 0,
          end: second + 1,
        });
      }
    };
    const settlings = [settle(0), settle(2)];
    await Promise.all([read(0), read(1), read(2)]).finally(() => (working.isOver = true));
    await Promise.all(settlings);
  });

  it('is left to another who is at it, without a warning in the log of the server', async () => {
    const warnings: unknown[] = [];
    pools[0]?.on('connect', (client) => client.on('notice', ({ message }) => warnings.push(message)));
    await write([{ service_name: 'a', state: 'issue', timestamp: 1 }]);
    await database.withClient(async (client) => {
      await client.query('select pg_advisory_lock(77010, 5)');
      expect(await settler(0).settle()).to.equal(undefined);
      expect([...(await readBy(0)).keys()], 'and what is pending is read all the same').to.deep.equal(['a']);
      await client.query('select pg_advisory_unlock(77010, 5)');
    });
    expect(await settler(0).settle()).to.include({ batches: 1 });
    expect(warnings).to.deep.equal([]);
  });

  it('leaves what is pending to be read while it cannot be added', async () => {
    await write([{ service_name: 'a', state: 'issue', timestamp: 1 }]);
    await database.withClient(async (client) => {
      await client.query('begin; lock table observations in share mode'); // Nobody writes, everybody reads.
      const settling = settler(0).settle();
      expect([...(await readBy(1)).keys()]).to.deep.equal(['a']);
      await client.query('commit');
      expect(await settling).to.include({ batches: 1 });
    });
  });

  it('is begun anew by the next one where it was interrupted', async () => {
    await write([{ service_name: 'a', state: 'issue', timestamp: 1 }]);
    await write([{ service_name: 'b', state: 'issue', timestamp: 1 }]);
    // Added and committed, but not deleted.
    await database.withClient((client) =>
      observe(client, [{ service_name: 'a', state: 'issue', timestamp: 1 }]),
    );
    expect(await settler(1).settle()).to.include({ batches: 2 });
    expect((await observed())[1]).to.have.length(2);
  });

  it('tells which services came in since it was last asked', async () => {
    const changed = async () => (await settler(0).run({ ask: 'changed' })).changed;
    expect(await changed(), 'at first they could be any').to.equal('all');
    expect(await changed()).to.deep.equal([]);
    await write([{ service_name: 'a', state: 'issue', timestamp: 1 }]);
    await write([{ service_name: 'b', state: 'issue', timestamp: 1 }]);
    expect(await changed()).to.have.members(['a', 'b']);
    await write([{ service_name: 'a', state: 'issue', timestamp: 2 }]);
    expect(await changed()).to.deep.equal(['a']);
    await settler(0).settle();
    expect(await changed()).to.deep.equal([]);
  });

  it('says how much is pending and when there is nothing any more', async () => {
    const report = async () => (await settler(0).run({ ask: 'settle' })).report;
    expect(await report()).to.deep.include({
      pending: { batches: 0, rows: 0, bytes: 0 },
      setAsideBatches: 0,
    });
    await write([{ service_name: 'a', state: 'issue', timestamp: 1 }]);
    expect((await report())?.settled, 'the first time there is no pause to wait for').to.include({
      batches: 1,
    });
    await write([{ service_name: 'a', state: 'issue', timestamp: 1 }]);
    expect((await report())?.pending, 'but then there is').to.include({ batches: 1, rows: 1 });
  });

  it('holds nothing of what it settled, though nobody asks any more', async () => {
    await write([{ service_name: 'a', state: 'issue', timestamp: 1 }]);
    await settler(0).run({ ask: 'settle' });
    expect(settler(0).view.table.isNew).to.equal(true);
  });

  describe('of rows that cannot be read', () => {
    const store = (hex: string) =>
      database.withClient((client) => addPending(client, 1, 1, Buffer.from(hex, 'hex')));
    const setAside = async () =>
      (
        await database.pool.query<{ reports: string; reason: string }>(
          `select encode(reports, 'hex') as reports, reason from unreadable_reports`,
        )
      ).rows;

    it('sets those aside that nobody knows, says so, and goes on with all others', async () => {
      await write([{ service_name: 'a', state: 'issue', timestamp: 1 }]);
      await store('ff00');
      await store('020100'); // Cut off.
      expect([...(await readBy(1)).keys()]).to.deep.equal(['a']);
      expect(
        settler(1)
          .view.takeSetAside()
          .map(({ reason }) => reason),
      ).to.have.length(2);
      expect((await setAside()).map(({ reports }) => reports)).to.have.members(['ff00', '020100']);
      expect(await settler(0).settle()).to.include({ batches: 1 });
      expect((await settler(0).run({ ask: 'settle' })).report).to.include({ setAsideBatches: 2 });
      expect((await database.pool.query('select from pending_reports')).rowCount).to.equal(0);
    });

    it('leaves those to a later version of the program that know them, while one is there', async () => {
      await store('ff00');
      const later = new pg.Client({
        connectionString: database.connectionString,
        application_name: settlerName(255),
      });
      await later.connect();
      const reading: unknown = await readBy(0).catch((error: unknown) => error);
      expect(String(reading)).to.include('LaterLayoutError');
      expect(await setAside()).to.deep.equal([]);
      await later.end();
    });

    it('takes those up again that a later version can read', async () => {
      await write([{ service_name: 'a', state: 'issue', timestamp: 1 }]);
      const [pool] = pools;
      if (pool === undefined) throw new Error('there is a pool');
      const earlier = new Settling(pool, 1);
      await earlier.run({ ask: 'settle' });
      expect((await setAside()).map(({ reason }) => reason)).to.deep.equal(['unknown layout']);
      expect([...(await readBy(1)).keys()]).to.deep.equal([]);
      await settler(2).run({ ask: 'settle' });
      expect(await setAside()).to.deep.equal([]);
      expect([...(await readBy(1)).keys()]).to.deep.equal(['a']);
    });
  });
});

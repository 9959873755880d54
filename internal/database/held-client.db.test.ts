import { expect } from 'chai';
import pg from 'pg';

import { useDatabase } from '../testing/use-database.ts';
import { holdClient } from './held-client.ts';
import { createPool } from './pool.ts';

describe('a connection that is held', () => {
  const database = useDatabase(() => Promise.resolve());
  let pool: pg.Pool;
  let held: Pick<pg.Pool, 'connect'>;

  beforeEach(() => {
    pool = createPool({
      connectionString: database.connectionString,
      applicationName: 'held',
      maxConnections: 1,
      connectTimeoutMs: 10_000,
      statementTimeoutMs: 10_000,
    });
    held = holdClient(pool);
  });

  afterEach(async () => {
    // A pool does not end before what is checked out is given back.
    (await held.connect()).release(true);
    await pool.end();
  });

  const pidOf = async (client: pg.PoolClient) =>
    (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid;

  it('is the same each time', async () => {
    const first = await held.connect();
    const pid = await pidOf(first);
    first.release();
    const second = await held.connect();
    expect(await pidOf(second)).to.equal(pid);
    second.release();
    expect(pool.idleCount, 'it never was given back').to.equal(0);
  });

  it('is another one after it was released as broken', async () => {
    const first = await held.connect();
    const pid = await pidOf(first);
    first.release(true);
    const second = await held.connect();
    expect(await pidOf(second)).to.not.equal(pid);
    second.release();
  });

  it('is another one after it was lost, in use or not', async () => {
    for (const isInUse of [false, true]) {
      const client = await held.connect();
      const pid = await pidOf(client);
      if (!isInUse) client.release();
      const lost = new Promise((resolve) => client.once('end', resolve));
      await database.pool.query('select pg_terminate_backend($1)', [pid]);
      await lost;
      if (isInUse) client.release(true);
      const other = await held.connect();
      expect(await pidOf(other)).to.not.equal(pid);
      other.release();
    }
  });
});

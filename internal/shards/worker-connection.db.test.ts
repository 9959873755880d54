import { expect } from 'chai';
import pg from 'pg';

import { createPool } from '../database/pool.ts';
import { useDatabase } from '../testing/use-database.ts';
import { keepCheckedOut } from './worker.ts';

describe('a connection that is kept checked out', () => {
  const database = useDatabase(() => Promise.resolve());
  let pool: pg.Pool;
  let kept: Pick<pg.Pool, 'connect'>;

  beforeEach(() => {
    pool = createPool({
      connectionString: database.connectionString,
      applicationName: 'kept',
      maxConnections: 1,
      connectTimeoutMs: 10_000,
      statementTimeoutMs: 10_000,
    });
    kept = keepCheckedOut(pool);
  });

  afterEach(async () => {
    // A pool does not end before what is checked out is given back.
    (await kept.connect()).release(true);
    await pool.end();
  });

  const pidOf = async (client: pg.PoolClient) =>
    (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid;

  it('is the same each time', async () => {
    const first = await kept.connect();
    const pid = await pidOf(first);
    first.release();
    const second = await kept.connect();
    expect(await pidOf(second)).to.equal(pid);
    second.release();
    expect(pool.idleCount, 'it never was given back').to.equal(0);
  });

  it('is another one after it was released as broken', async () => {
    const first = await kept.connect();
    const pid = await pidOf(first);
    first.release(true);
    const second = await kept.connect();
    expect(await pidOf(second)).to.not.equal(pid);
    second.release();
  });

  it('is another one after it was lost, in use or not', async () => {
    for (const isInUse of [false, true]) {
      const client = await kept.connect();
      const pid = await pidOf(client);
      if (!isInUse) client.release();
      const lost = new Promise((resolve) => client.once('end', resolve));
      await database.pool.query('select pg_terminate_backend($1::int4)', [pid]);
      await lost;
      if (isInUse) client.release(true);
      const other = await kept.connect();
      expect(await pidOf(other)).to.not.equal(pid);
      other.release();
    }
  });
});

import { expect } from 'chai';
import type pg from 'pg';

import { createLogger } from '../telemetry/logger.ts';
import { createTestDatabase, type TestDatabase } from '../testing/shared-postgres.ts';
import { Housekeeper, type Chore } from './housekeeper.ts';
import { createPool } from './pool.ts';

describe('the housekeeper', () => {
  let testDatabase: TestDatabase;
  let database: pg.Pool;
  let done: string[];

  before(async () => {
    testDatabase = await createTestDatabase();
    database = createPool({
      connectionString: testDatabase.connectionString,
      applicationName: 'housekeeper test',
      maxConnections: 3,
      connectTimeoutMs: 20_000,
      statementTimeoutMs: 20_000,
    });
  });

  after(async () => {
    await database.end();
    await testDatabase.drop();
  });

  beforeEach(() => {
    done = [];
  });

  function housekeeperOf(run: Chore['run'] = () => Promise.resolve(1), everyMs = 60_000): Housekeeper {
    const chore = (name: string): Chore => ({
      name,
      run: (client, signal) => {
        done.push(name);
        return run(client, signal);
      },
    });
    return new Housekeeper({
      database,
      everyMs,
      chores: [chore('a'), chore('b')],
      logger: createLogger('silent'),
    });
  }

  it('runs each chore', async () => {
    expect(await housekeeperOf().runOnce()).to.equal(true);
    expect(done).to.deep.equal(['a', 'b']);
  });

  it('goes on after a chore that fails', async () => {
    const housekeeper = housekeeperOf((client) => client.query('select 1/0').then(() => 0));
    expect(await housekeeper.runOnce()).to.equal(true);
    expect(await housekeeper.runOnce()).to.equal(true);
    expect(done).to.deep.equal(['a', 'b', 'a', 'b']);
  });

  it('leaves it to another replica that is at it', async () => {
    const outcomes: boolean[] = [];
    const other = housekeeperOf();
    await housekeeperOf(async () => {
      outcomes.push(await other.runOnce());
      return 0;
    }).runOnce();
    expect(outcomes).to.deep.equal([false, false]);
    expect(await other.runOnce()).to.equal(true);
  });

  it('gives the lock back where its connection is lost', async () => {
    const losing = housekeeperOf(async (client) => {
      await database.query('select pg_terminate_backend($1::int4)', [
        (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid,
      ]);
      await client.query('select 1');
      return 0;
    });
    expect(await losing.runOnce()).to.equal(false);
    expect(await housekeeperOf().runOnce()).to.equal(true);
  });

  it('takes turns until it is stopped, which waits for the chore at hand', async () => {
    let turns = 0;
    await new Promise<void>((resolve) => {
      const housekeeper = housekeeperOf(() => {
        if (++turns === 5) void housekeeper.stop().then(resolve);
        return Promise.resolve(0);
      }, 1);
      housekeeper.start();
    });
    expect(done).to.deep.equal(['a', 'b', 'a', 'b', 'a']);
  });

  it('does not start once it is stopped', async () => {
    const housekeeper = housekeeperOf(undefined, 0);
    await housekeeper.stop();
    housekeeper.start();
    await housekeeper.stop();
    expect(done).to.deep.equal([]);
  });
});

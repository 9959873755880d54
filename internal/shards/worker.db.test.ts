import { expect } from 'chai';
import type pg from 'pg';

import { createPool } from '../database/pool.ts';
import { createTestDatabase, type TestDatabase } from '../testing/shared-postgres.ts';
import { TcpProxy } from '../chaos/tcp-proxy.ts';
import { flush, type FlushResult, type Sink } from './worker.ts';

type Write = Sink<unknown>['write'];

describe('a flush into Postgres', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  /** What the worker uses, by way of the proxy. */
  let pool: pg.Pool;
  /** The test's own way in. */
  let direct: pg.Pool;

  before(async () => {
    database = await createTestDatabase();
    proxy = await TcpProxy.before(database.connectionString);
    pool = poolOf(proxy.url);
    direct = poolOf(database.connectionString, 4);
    await direct.query('create table stored (value int primary key)');
    await direct.query('create sequence tries');
    await direct.query(`alter database ${new URL(database.connectionString).pathname.slice(1)}
      set deadlock_timeout = '10ms'`);
  });

  after(async () => {
    await pool.end();
    await direct.end();
    await proxy.refuse();
    await database.drop();
  });

  beforeEach(async () => {
    await direct.query('truncate stored');
    await direct.query('alter sequence tries restart');
  });

  function run(write: Write, { singleStatement = false, timeoutMs = 20_000, on = pool } = {}) {
    const sinks = new Map([['test', { name: 'test', singleStatement, write }]]);
    const pause = () => Promise.resolve();
    return flush({ sink: 'test', columns: undefined, timeoutMs }, { pool: on, sinks, pause });
  }

  async function storedValues(): Promise<number[]> {
    const { rows } = await direct.query<{ value: number }>('select value from stored order by value');
    return rows.map(({ value }) => value);
  }

  const insertOne: Write = async (client) => {
    await client.query('insert into stored values (1) on conflict do nothing');
  };

  it('is tried again if its one statement is committed with a warning, as of a cluster that lost a node', async () => {
    await direct.query(`
      create function warn_once() returns trigger language plpgsql as $$
      begin if nextval('tries') = 1 then raise warning 'failed to commit'; end if; return new; end $$;
      create trigger warns before insert on stored for each row execute function warn_once()`);
    const result = await run(insertOne, { singleStatement: true });
    await direct.query('drop trigger warns on stored');
    expect(result).to.include({ outcome: 'committed', attempts: 2 });
    expect(await storedValues()).to.deep.equal([1]);
  });

  it('is no success if its transaction was aborted, although COMMIT succeeds', async () => {
    const result = await run(async (client) => {
      await client.query('insert into stored values (1)');
      await client.query('select 1/0').catch(() => undefined);
    });
    expect(result).to.include({ outcome: 'failed', transient: false });
    expect(result).to.have.property('message').that.contains('ROLLBACK');
    expect(await storedValues()).to.deep.equal([]);
  });

  it('runs again if the connection is lost during COMMIT, and stores everything once', async () => {
    const lost = proxy.cutAtAnswerTo('commit');
    const result = await run(insertOne);
    await lost;
    expect(result).to.include({ outcome: 'committed', attempts: 2 });
    expect(await storedValues()).to.deep.equal([1]);
  });

  it('runs again if the connection is lost during its single statement, and stores everything once', async () => {
    const lost = proxy.cutAtAnswerTo('insert into stored');
    const result = await run(insertOne, { singleStatement: true });
    await lost;
    expect(result).to.include({ outcome: 'committed', attempts: 2 });
    expect(await storedValues()).to.deep.equal([1]);
  });

  it('gives a stuck connection up at its deadline, and the next flush uses a new one', async () => {
    await run(insertOne);
    const connectionsBefore = proxy.connections;
    proxy.freeze();
    const startedAtMs = performance.now();
    const stuck = await run(insertOne, { timeoutMs: 200 });
    expect(performance.now() - startedAtMs).to.be.within(195, 2000);
    expect(stuck).to.include({ outcome: 'failed', attempts: 1, transient: true });
    expect(await run(insertOne, { timeoutMs: 200 }), 'a new connection hangs as well').to.include({
      outcome: 'failed',
      transient: true,
    });
    proxy.thaw();
    expect(await run(insertOne)).to.include({ outcome: 'committed' });
    expect(proxy.connections).to.be.above(connectionsBefore);
  });

  it('waits for a Postgres that comes back in time', async () => {
    await proxy.refuse();
    const sinks = new Map([['test', { name: 'test', singleStatement: true, write: insertOne }]]);
    let pauses = 0;
    const pause = async () => {
      if (++pauses === 2) await proxy.listen();
    };
    const result = await flush({ sink: 'test', columns: [], timeoutMs: 20_000 }, { pool, sinks, pause });
    expect(result).to.include({ outcome: 'committed', attempts: 3 });
  });

  it('survives a deadlock with another flush: both commit', async () => {
    await direct.query('insert into stored values (1), (2)');
    const locked = barrier(2);
    const lockInOrder = (...values: number[]): Write => {
      let first = true;
      return async (client) => {
        for (const value of values) {
          await client.query('update stored set value = value where value = $1', [value]);
          if (first) await locked();
          first = false;
        }
      };
    };
    const results = await Promise.all([
      run(lockInOrder(1, 2), { on: direct }),
      run(lockInOrder(2, 1), { on: direct }),
    ]);
    expect(results.map(({ outcome }) => outcome)).to.deep.equal(['committed', 'committed']);
    expect(results.reduce((sum, { attempts }) => sum + attempts, 0)).to.be.above(2);
  });

  for (const [sqlstate, what] of [
    ['40001', 'a serialisation failure'],
    ['53100', 'a full disk'],
    ['53200', 'too little memory'],
    ['58030', 'a failing disk'],
  ] as const) {
    it(`tries again after ${what}`, async () => {
      const result = await run(raiseTwice(sqlstate));
      expect(result).to.include({ outcome: 'committed', attempts: 3 });
      expect(await storedValues()).to.deep.equal([1]);
    });
  }

  it('does not try again after a violated constraint', async () => {
    const result: FlushResult = await run(raiseTwice('23514'));
    expect(result).to.include({ outcome: 'failed', attempts: 1, transient: false });
  });

  it('is not held up by the backend of a flush that was given up on', async () => {
    const blocker = await direct.connect();
    await blocker.query('begin');
    await blocker.query('lock table stored');
    expect(await run(insertOne, { timeoutMs: 200 })).to.include({ outcome: 'failed', transient: true });
    await blocker.query('commit');
    blocker.release();
    expect(await run(insertOne)).to.include({ outcome: 'committed', attempts: 1 });
  });
});

/** Stores a 1, but the first two tries are refused with this SQLSTATE; a sequence counts them, as it never rolls back. */
function raiseTwice(sqlstate: string): Write {
  return async (client) => {
    await client.query('insert into stored values (1)');
    await client.query(`do $$ begin
      if nextval('tries') <= 2 then raise exception 'told to' using errcode = '${sqlstate}'; end if;
    end $$`);
  };
}

function barrier(count: number): () => Promise<void> {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  let arrived = 0;
  return () => {
    if (++arrived === count) open();
    return opened;
  };
}

function poolOf(connectionString: string, maxConnections = 1): pg.Pool {
  const settings = { applicationName: 'flush test', connectTimeoutMs: 5000, statementTimeoutMs: 5000 };
  return createPool({ connectionString, maxConnections, ...settings });
}

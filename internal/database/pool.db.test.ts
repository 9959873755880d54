import { expect } from 'chai';
import type pg from 'pg';

import { createTestDatabase, type TestDatabase } from '../testing/shared-postgres.ts';
import { TcpProxy } from '../chaos/tcp-proxy.ts';
import { until } from '../testing/until.ts';
import { createPool } from './pool.ts';
import { isTransient } from './sqlstate.ts';

const STATEMENT_TIMEOUT_MS = 300;
const CONNECT_TIMEOUT_MS = 1000;
// What a loaded machine may need on top; far less than "for ever".
const GRACE_MS = 3000;

describe('a pool of connections', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let pool: pg.Pool;

  before(async () => {
    database = await createTestDatabase();
    proxy = await TcpProxy.before(database.connectionString);
  });

  after(async () => {
    await proxy.refuse();
    await database.drop();
  });

  beforeEach(() => {
    pool = createPool({
      connectionString: proxy.url,
      applicationName: 'pool test',
      maxConnections: 1,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    });
  });

  afterEach(async () => {
    proxy.thaw();
    await pool.end();
  });

  async function failureOf(attempt: Promise<unknown>): Promise<unknown> {
    const startedAtMs = performance.now();
    const failure: unknown = await attempt.then(
      () => 'no failure',
      (error: unknown) => error,
    );
    const bound = CONNECT_TIMEOUT_MS + STATEMENT_TIMEOUT_MS + GRACE_MS;
    expect(performance.now() - startedAtMs).to.be.below(bound);
    expect(isTransient(failure), String(failure)).to.equal(true);
    return failure;
  }

  it('has a statement ended by the server, so that nothing goes on there', async () => {
    expect(await failureOf(pool.query('select pg_sleep(60)'))).to.include({ code: '57014' });
    // It says so before it is idle.
    await until('nothing goes on there', async () => {
      const { rowCount } = await pool.query(
        `select from pg_stat_activity where query like '%pg_sleep(60)%' and pid <> pg_backend_pid()
         and datname = current_database() and state = 'active'`,
      );
      return rowCount === 0;
    });
  });

  it('has the wait for a lock ended by the server', async () => {
    const holder = createPool({
      connectionString: database.connectionString,
      applicationName: 'lock holder',
      maxConnections: 1,
      connectTimeoutMs: 5000,
      statementTimeoutMs: 60_000,
    });
    const client = await holder.connect();
    await client.query('begin; lock table services');
    expect(await failureOf(pool.query('select from services')))
      .to.have.property('code')
      .that.is.oneOf(['55P03', '57014']);
    client.release(true);
    await holder.end();
    await until('the release of the lock', () =>
      pool.query('select from services').then(
        () => true,
        () => false,
      ),
    );
  });

  it('gives a server up that stopped to answer, and a statement on a new connection works', async () => {
    await pool.query('select 1');
    proxy.freeze();
    expect(String(await failureOf(pool.query('select 1')))).to.contain('Query read timeout');
    expect(String(await failureOf(pool.query('select 1')))).to.contain('connection timeout');
    proxy.thaw();
    expect((await pool.query('select 1')).rowCount).to.equal(1);
  });

  it('does not wait for ever for a connection while all are in use', async () => {
    const client = await pool.connect();
    expect(String(await failureOf(pool.query('select 1')))).to.contain('timeout exceeded');
    client.release();
    expect((await pool.query('select 1')).rowCount).to.equal(1);
  });

  it('outlives the loss of an idle connection', async () => {
    await pool.query('select 1');
    await proxy.refuse();
    await until('the loss', () => pool.totalCount === 0);
    await proxy.listen();
    expect((await pool.query('select 1')).rowCount).to.equal(1);
  });

  it('outlives the loss of a connection that is in use, with and without a query on it', async () => {
    const client = await pool.connect();
    const running = failureOf(client.query('select pg_sleep(60)'));
    await proxy.refuse();
    await running;
    await failureOf(client.query('select 1'));
    client.release(true);
    await failureOf(pool.query('select 1'));
    await proxy.listen();
    expect((await pool.query('select 1')).rowCount).to.equal(1);
  });

  it('commits durably, whatever the default of the database is', async () => {
    const name = new URL(database.connectionString).pathname.slice(1);
    await pool.query(`alter database ${name} set synchronous_commit = off`);
    await pool.query(`alter role current_user in database ${name} set synchronous_commit = off`);
    const client = await pool.connect();
    client.release(true);
    const { rows } = await pool.query('show synchronous_commit');
    expect(rows).to.deep.equal([{ synchronous_commit: 'on' }]);
    await pool.query(`alter role current_user in database ${name} reset synchronous_commit`);
  });

  it('bounds each session also on the server, which may outlive us', async () => {
    const { rows } = await pool.query(
      `select name, setting from pg_settings
       where name in ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout')
       order by name`,
    );
    expect(rows).to.deep.equal([
      { name: 'idle_in_transaction_session_timeout', setting: '600' },
      { name: 'lock_timeout', setting: '300' },
      { name: 'statement_timeout', setting: '300' },
    ]);
  });

  it('refuses at once who would wait for too long, by how long others took of late, and nobody else', async () => {
    const hurried = createPool({
      connectionString: proxy.url,
      applicationName: 'pool test',
      maxConnections: 1,
      connectTimeoutMs: 10 * CONNECT_TIMEOUT_MS,
      statementTimeoutMs: 10 * STATEMENT_TIMEOUT_MS,
      mostWaitMs: 100,
    });
    const asked = (times: number, seconds: number) =>
      Promise.allSettled(
        Array.from({ length: times }, () => hurried.query('select pg_sleep($1)', [seconds])),
      );
    const kinds = (outcomes: readonly PromiseSettledResult<unknown>[]) =>
      outcomes.map((outcome) => (outcome.status === 'rejected' ? String(outcome.reason) : 'done'));
    // Nobody knows yet how long it takes.
    expect(kinds(await asked(3, 0.25))).to.deep.equal(['done', 'done', 'done']);
    const refused = 'UnavailableError: Too many requests wait for PostgreSQL to read.';
    const later = kinds(await asked(10, 0));
    // One is served and one waits for it, as it would have as long as that.
    expect(later.slice(0, 2)).to.deep.equal(['done', 'done']);
    expect(later.slice(2)).to.deep.equal(Array.from({ length: 8 }, () => refused));
    // It turns out to be quick again.
    for (let read = 0; read < 10; read++) await hurried.query('select 1');
    expect(kinds(await asked(5, 0))).to.deep.equal(Array.from({ length: 5 }, () => 'done'));
    const client = await hurried.connect();
    client.release();
    await hurried.end();
  });
});

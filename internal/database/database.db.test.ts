import { expect } from 'chai';
import pg from 'pg';

import { logLines, type LogLines } from '../agent/testing/log-lines.ts';
import { createTestDatabase, type TestDatabase } from '../testing/shared-postgres.ts';
import { TcpProxy } from '../chaos/tcp-proxy.ts';
import { until } from '../testing/until.ts';
import { startUnsafePostgres } from '../testing/unsafe-postgres.ts';
import { Database } from './database.ts';
import { UnsafeDatabaseError } from './durability.ts';

const GRACE_MS = 2500;

describe('the database of the front door', () => {
  let testDatabase: TestDatabase;
  let proxy: TcpProxy;
  let administrator: pg.Client;
  let log: LogLines;

  before(async () => {
    testDatabase = await createTestDatabase();
    proxy = await TcpProxy.before(testDatabase.connectionString);
    administrator = new pg.Client({ connectionString: testDatabase.connectionString });
    await administrator.connect();
  });

  after(async () => {
    await proxy.refuse();
    await administrator.end();
    await testDatabase.drop();
  });

  beforeEach(() => (log = logLines()));

  function open(
    connectionString: string,
    { allowUnsafe = false, timeoutMs = 60_000, nowSeconds = () => Date.now() / 1000 } = {},
  ): Database {
    const timeouts = { connectTimeoutMs: timeoutMs, statementTimeoutMs: timeoutMs };
    const clock = { mostSkewSeconds: 60, nowSeconds };
    return new Database({ connectionString, allowUnsafe, logger: log.logger, ...timeouts, ...clock });
  }

  it('is ready once it is prepared', async () => {
    const database = open(proxy.url);
    expect(database.whyUnusable()).to.be.a('string');
    expect(await database.whyNotReady()).to.be.a('string');
    await database.prepare();
    expect(database.whyUnusable()).to.equal(undefined);
    expect(await database.whyNotReady()).to.equal(undefined);
    await database.stop();
  });

  it('is of no use while this machine and the database do not agree on the time, and says so', async () => {
    let aheadSeconds = -3600;
    const database = open(proxy.url, { nowSeconds: () => Date.now() / 1000 + aheadSeconds });
    await database.prepare();
    const fault = "This machine's clock is 3600 s behind the database's.";
    expect(database.whyUnusable()).to.equal(fault);
    expect(await database.whyNotReady()).to.equal(fault);
    aheadSeconds = 0;
    // Once a second it is looked again, by whoever asks.
    await until('it is ready', async () => (await database.whyNotReady()) === undefined);
    expect(database.whyUnusable()).to.equal(undefined);
    await database.stop();
  });

  it('says within about a second that it is not ready, however patient its queries are', async () => {
    const database = open(proxy.url);
    await database.prepare();
    proxy.freeze();
    const startedAtMs = performance.now();
    const answers = await Promise.all(Array.from({ length: 20 }, () => database.whyNotReady()));
    expect(new Set(answers)).to.deep.equal(new Set(['The database does not answer.']));
    expect(performance.now() - startedAtMs).to.be.below(1000 + GRACE_MS);
    expect(database.signals.waitingCount, 'probes pile up').to.equal(0);
    expect(database.pool.waitingCount, 'probes pile up').to.equal(0);
    proxy.thaw();
    expect(await database.whyNotReady()).to.equal(undefined);
    await database.stop();
  });

  it('reads pages in the order of a key, not by sorting what is left, before there are statistics', async () => {
    const database = open(testDatabase.connectionString);
    await database.pool.query(`
      create table pages (name text, place int, primary key (name, place)) with (autovacuum_enabled = off);
      insert into pages select 'a', generate_series(1, 50000)`);
    const { rows } = await database.pool.query<Record<string, string>>(
      "explain select * from pages where name = 'a' and place > 1000 order by place limit 100",
    );
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan)
      .to.include('pages_pkey')
      .and.not.to.match(/Sort|Bitmap/);
    await database.pool.query('drop table pages');
    await database.stop();
  });

  it('stops in time while a query hangs', async () => {
    const database = open(proxy.url);
    await database.prepare();
    const client = await database.pool.connect();
    proxy.freeze();
    const hanging = client.query('select 1').catch((error: unknown) => error);
    const startedAtMs = performance.now();
    await Promise.all([database.stop(), database.stop()]);
    expect(performance.now() - startedAtMs).to.be.below(500 + GRACE_MS);
    await proxy.refuse();
    expect(await hanging).to.be.instanceOf(Error);
    client.release(true);
    proxy.thaw();
    await proxy.listen();
  });

  it('is waited for while it is away', async () => {
    await proxy.refuse();
    const database = open(proxy.url);
    const prepared = database.prepare();
    await log.until('database not ready');
    await proxy.listen();
    await prepared;
    expect(await database.whyNotReady()).to.equal(undefined);
    await database.stop();
  });

  it('is waited for, loudly, while the password is wrong or the database is missing', async function () {
    // Such a server asks for none.
    if (new URL(testDatabase.connectionString).password === '') this.skip();
    const role = `late_${process.pid}`;
    const url = new URL(testDatabase.connectionString);
    const name = `${url.pathname.slice(1)}_late`;
    url.username = role;
    url.password = 'right';
    url.pathname = `/${name}`;
    await administrator.query(`create role ${role} superuser login password 'wrong'`);
    const database = open(url.href);
    const prepared = database.prepare();
    await log.until('28P01');
    expect(log.lines[0]).to.contain('"level":50');
    await administrator.query(`alter role ${role} password 'right'`);
    await log.until('3D000');
    expect(
      log.lines.filter((line) => line.includes('database not ready')),
      'once for each reason',
    ).to.have.length(2);
    await administrator.query(`create database ${name}`);
    await prepared;
    expect(await database.whyNotReady()).to.equal(undefined);
    await database.stop();
    await administrator.query(`drop database ${name} with (force)`);
    await administrator.query(`drop role ${role}`);
  });

  it('stops being waited for when the service stops', async () => {
    await proxy.refuse();
    const database = open(proxy.url);
    const prepared = database.prepare();
    await log.until('database not ready');
    await database.stop();
    await prepared;
    expect(database.whyUnusable()).to.be.a('string');
    await proxy.listen();
  });

  it('is refused if it may lose what it commits, unless that is allowed: then it is said loudly', async () => {
    const unsafe = await startUnsafePostgres();
    const refused = open(unsafe.connectionString);
    const outcome: unknown = await refused.prepare().catch((error: unknown) => error);
    expect(outcome).to.be.instanceOf(UnsafeDatabaseError);
    expect(String(outcome)).to.contain('fsync = off').and.contain('ALLOW_UNSAFE_DATABASE=1');
    await refused.stop();

    const allowed = open(unsafe.connectionString, { allowUnsafe: true });
    await allowed.prepare();
    expect(log.lines.join('')).to.contain('UNSAFE DATABASE');
    expect(await allowed.whyNotReady()).to.equal(undefined);
    await allowed.stop();
    await unsafe.stop();
  });
});

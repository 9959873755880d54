import { expect } from 'chai';
import pg from 'pg';

import { TcpProxy } from '../chaos/tcp-proxy.ts';
import { createTestDatabase, type TestDatabase } from '../testing/shared-postgres.ts';
import { until } from '../testing/until.ts';
import { NoRoomError } from '../database/reason.ts';
import { freePlace, Replicas } from './replicas.ts';

describe('the place of a process', () => {
  const taken = [
    { first: 0, shards: 5 },
    { first: 7, shards: 2 },
  ];

  it('is the one that it prefers if nobody has any of it', () => {
    expect(freePlace([], 5, 0)).to.equal(0);
    expect(freePlace(taken, 2, 5)).to.equal(5);
    expect(freePlace(taken, 3, 20)).to.equal(20);
  });

  it('is the lowest otherwise', () => {
    expect(freePlace(taken, 2, 4)).to.equal(5);
    expect(freePlace(taken, 3, 0)).to.equal(9);
    expect(freePlace([{ first: 3, shards: 5 }], 2, 4)).to.equal(0);
  });
});

describe('the processes of all replicas', () => {
  let database: TestDatabase;
  let administrator: pg.Client;
  const opened: Replicas[] = [];

  before(async () => {
    database = await createTestDatabase();
    administrator = new pg.Client({ connectionString: database.connectionString });
    await administrator.connect();
  });

  afterEach(async () => {
    for (const { session } of opened.splice(0)) await session.close();
  });

  after(async () => {
    await administrator.end();
    await database.drop();
  });

  async function open(
    answer: string,
    shards = 5,
    url = database.connectionString,
    timeoutMs = 10_000,
    connections = 7,
  ) {
    const replicas = new Replicas({ connectionString: url, timeoutMs, shards, preferred: 0, connections });
    replicas.onAsked('name', (times) => JSON.stringify(answer.repeat(Number(times))));
    opened.push(replicas);
    await replicas.session.keepOpen();
    return replicas;
  }

  const answers = async (replicas: Replicas, times = 1) =>
    (await replicas.ask('name', String(times))).map((answer) => JSON.parse(answer) as unknown).sort();

  it('have shards of their own, however many each has', async () => {
    const all = [await open('a'), await open('b', 2), await open('c', 3)];
    expect(all.map(({ place }) => place.first)).to.deep.equal([0, 5, 7]);
  });

  it('start at once and have shards of their own', async () => {
    const all = await Promise.all(['a', 'b', 'c', 'd'].map((name) => open(name, 2)));
    expect(all.map(({ place }) => place.first).sort()).to.deep.equal([0, 2, 4, 6]);
  });

  it('answer whoever asks, what fits into no notification as well', async () => {
    const [a, b] = [await open('a'), await open('b'), await open('c ☂')];
    expect(await answers(a)).to.deep.equal(['b', 'c ☂']);
    expect(await answers(b, 10_000)).to.deep.equal(['a'.repeat(10_000), 'c ☂'.repeat(10_000)]);
  });

  it('are no more once they ended, and their shards are free', async () => {
    const [a, b] = [await open('a'), await open('b')];
    await b.session.close();
    await until('it is gone', async () => (await answers(a)).length === 0);
    expect((await open('c')).place.first).to.equal(5);
  });

  it('keep their shards when their connection is lost, and are there again', async () => {
    const [a, b] = [await open('a'), await open('b')];
    await administrator.query(`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'minikom replica 5+5 (7)'`);
    await until('it is back', async () => (await answers(a)).length === 1);
    expect([a.place.first, b.place.first]).to.deep.equal([0, 5]);
    expect(await answers(b)).to.deep.equal(['a']);
  });

  it('are waited for once if they hang, and again when they are heard of', async () => {
    const proxy = await TcpProxy.before(database.connectionString);
    const a = await open('a', 5, database.connectionString, 1000);
    const b = await open('b', 5, proxy.url);
    proxy.freeze();
    expect(await answers(a)).to.deep.equal([]);
    const askedAtMs = performance.now();
    expect(await answers(a)).to.deep.equal([]);
    expect(performance.now() - askedAtMs).to.be.below(1000);
    proxy.thaw();
    await until('it is heard of', async () => (await answers(a)).length === 1);
    await b.session.close();
    await proxy.refuse();
  });

  it('do not start where PostgreSQL has too few connections left for what they may need', async () => {
    const { rows } = await administrator.query<{ most: number }>(
      `select current_setting('max_connections')::int4 as most`,
    );
    const most = rows[0]?.most ?? 0;
    const a = await open('a', 5, database.connectionString, 10_000, most);
    const error: unknown = await a.session.query('select 1').catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(NoRoomError);
    expect(String(error)).to.match(/has \d+ of \d+ connections left, and this process may need \d+: lower/);
  });

  it('are not to be asked while the database is away', async () => {
    const proxy = await TcpProxy.before(database.connectionString);
    const a = await open('a', 5, proxy.url);
    await proxy.refuse();
    expect(await a.ask('name', '1').catch(() => 'away')).to.equal('away');
  });
});

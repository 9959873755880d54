import { expect } from 'chai';

import { TcpProxy } from '../chaos/tcp-proxy.ts';
import { until } from '../testing/until.ts';
import { useDatabase } from '../testing/use-database.ts';
import { Duty } from './duty.ts';

const holders = `
  select pid from pg_locks
  where locktype = 'advisory' and classid = 77010 and objid = 3 and granted
    and database = (select oid from pg_database where datname = current_database())`;

describe('who is on duty', () => {
  const database = useDatabase(() => Promise.resolve());
  let proxy: TcpProxy;
  let duties: Duty[];
  /** What each was told, in order. */
  let told: Record<string, string[]>;

  beforeEach(async () => {
    proxy = await TcpProxy.before(database.connectionString);
    duties = [];
    told = {};
  });

  afterEach(async () => {
    for (const duty of duties) await duty.stop();
    await proxy.refuse();
  });

  function start(name: string, connectionString = database.connectionString): Duty {
    const lines: string[] = (told[name] = []);
    const handlers = Object.fromEntries(
      (['begin', 'doubt', 'resume', 'end'] as const).map((what) => [what, () => void lines.push(what)]),
    ) as Record<'begin' | 'doubt' | 'resume' | 'end', () => void>;
    const duty = new Duty({ name: 'checks', number: 3 }, connectionString, handlers);
    duties.push(duty);
    duty.start();
    return duty;
  }

  const untilTold = (name: string, ...what: string[]) =>
    until(`${name}: ${what.join(', ')}`, () => told[name]?.join() === what.join());

  it('is one of all, and another one when that stops', async () => {
    const first = start('first');
    await untilTold('first', 'begin');
    start('second');
    start('third');
    await until('all have asked', async () => {
      const { rowCount } = await database.pool.query(
        `select from pg_stat_activity
         where datname = current_database() and application_name = 'minikom checks' and state = 'idle'`,
      );
      return rowCount === 3;
    });
    expect(told).to.deep.equal({ first: ['begin'], second: [], third: [] });
    await first.stop();
    await until('another one is', () => told.second?.length === 1 || told.third?.length === 1);
    expect((await database.pool.query(holders)).rowCount).to.equal(1);
    expect(told.first).to.deep.equal(['begin']);
  });

  it('stays the same through an outage of the database', async () => {
    start('only', proxy.url);
    await untilTold('only', 'begin');
    await proxy.refuse();
    await untilTold('only', 'begin', 'doubt');
    await proxy.listen();
    await untilTold('only', 'begin', 'doubt', 'resume');
  });

  it('stays the same where the database does not answer for a while', async () => {
    start('only', proxy.url);
    await untilTold('only', 'begin');
    proxy.freeze();
    await untilTold('only', 'begin', 'doubt');
    proxy.thaw();
    await untilTold('only', 'begin', 'doubt', 'resume');
  });

  it('is another one where the first is cut off, and the first hears so when it is back', async () => {
    start('first', proxy.url);
    await untilTold('first', 'begin');
    start('second');
    await proxy.refuse();
    await untilTold('second', 'begin');
    await proxy.listen();
    await untilTold('first', 'begin', 'doubt', 'end');
    expect(told.second).to.deep.equal(['begin']);
  });

  it('is known again after a lost connection', async () => {
    start('first');
    await untilTold('first', 'begin');
    start('second');
    await database.pool.query(`select pg_terminate_backend(pid) from (${holders}) as holder`);
    await until('it is settled', () => told.first?.length === 3);
    const isFirst = told.first?.at(-1) === 'resume';
    await untilTold('second', ...(isFirst ? [] : ['begin']));
    expect((await database.pool.query(holders)).rowCount).to.equal(1);
  });

  it('is nobody any more after a stop, also where the database hangs', async () => {
    const duty = start('only', proxy.url);
    await untilTold('only', 'begin');
    proxy.freeze();
    await Promise.all([duty.stop(), duty.stop()]);
    expect(told.only).to.deep.equal(['begin']);
  });
});

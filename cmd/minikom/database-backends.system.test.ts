import { expect } from 'chai';
import type pg from 'pg';

import { until } from '../../internal/testing/until.ts';
import { ask, report, ReportStream, storedNames } from './testing/report-stream.ts';
import { useSmallCluster } from './testing/small-cluster.ts';

const FLUSH_TIMEOUT_MS = 2000;
const GRACE_MS = 3000;

describe('a service on a PostgreSQL', () => {
  const own = useSmallCluster({ SHARDS: '2', FLUSH_TIMEOUT_MS: String(FLUSH_TIMEOUT_MS) });

  async function backends(like: string): Promise<number[]> {
    const { rows } = await own.administrator.query<{ pid: number }>(
      'select pid from pg_stat_activity where application_name like $1',
      [like],
    );
    return rows.map(({ pid }) => pid);
  }

  async function expectNothingLost(stream: ReportStream): Promise<void> {
    await stream.stop();
    for (const { status } of stream.told.values()) expect(status).to.be.oneOf([200, 503]);
    expect(await storedNames(own.service.url)).to.include.all.keys(stream.namesTold(200));
  }

  it('whose backends are terminated in the midst of reports loses nothing that it said was stored', async () => {
    const stream = new ReportStream(own.service.url);
    for (let time = 1; time <= 5; time++) {
      await stream.untilMore(50, 200);
      for (const pid of await backends('minikom shard%')) {
        await own.administrator.query('select pg_terminate_backend($1::int4)', [pid]);
      }
      for (const pid of await backends('minikom read')) {
        await own.administrator.query('select pg_terminate_backend($1::int4)', [pid]);
      }
    }
    await stream.untilMore(50, 200);
    await expectNothingLost(stream);
  });

  it('of which one backend crashes, and with it all, recovers and loses nothing', async () => {
    const stream = new ReportStream(own.service.url);
    await stream.untilMore(50, 200);
    const [victim = 0] = await backends('minikom shard%');
    process.kill(victim, 'SIGKILL');
    await until('the crash', () =>
      own.administrator.query('select 1').then(
        () => false,
        () => true,
      ),
    );
    await stream.untilMore(50, 200);
    await expectNothingLost(stream);
  });

  it('that was stopped by a signal, as a whole, asks to come again, and goes on with it', async () => {
    await until('a report is taken', async () => (await report(own.service.url, 'before')).status === 200);
    const { pid: postmaster } = await own.sandbox.postmaster();
    const frozen = [postmaster, ...(await backends('minikom %'))];
    for (const pid of frozen) process.kill(pid, 'SIGSTOP');
    try {
      const [posted, read, ready] = await Promise.all([
        report(own.service.url, 'meanwhile'),
        ask(own.service.url, '/services'),
        ask(own.service.url, '/ready'),
      ]);
      expect([posted.status, read.status, ready.status]).to.deep.equal([503, 503, 503]);
      expect(posted.tookMs).to.be.below(FLUSH_TIMEOUT_MS + GRACE_MS);
      expect(read.tookMs).to.be.below(2 * FLUSH_TIMEOUT_MS + GRACE_MS);
      expect(ready.tookMs).to.be.below(1000 + GRACE_MS);
    } finally {
      for (const pid of frozen.reverse()) process.kill(pid, 'SIGCONT');
    }
    await until(
      'a report is taken again',
      async () => (await report(own.service.url, 'after')).status === 200,
    );
    await until('ready again', async () => (await ask(own.service.url, '/ready')).status === 200);
  });

  it('that has no connection left asks to come again until there is one', async () => {
    // Settling has its connection: while it looks for one, it takes places and gives them back.
    await until('ready', async () => (await ask(own.service.url, '/ready')).status === 200);
    const hogs: pg.Client[] = [];
    const full: unknown = await (async () => {
      for (;;) hogs.push(await own.connect());
    })().catch((error: unknown) => error);
    expect(full).to.include({ code: '53300' });
    const told = await report(own.service.url, 'too many');
    expect(told.status).to.equal(503);
    expect(told.tookMs).to.be.below(FLUSH_TIMEOUT_MS + GRACE_MS);
    await Promise.all(hogs.map((hog) => hog.end()));
    await until('a report is taken', async () => (await report(own.service.url, 'too many')).status === 200);
  });
});

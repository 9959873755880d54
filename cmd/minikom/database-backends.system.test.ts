import { expect } from 'chai';
import pg from 'pg';

import { Sandbox } from '../../internal/database/embedded/testing/sandbox.ts';
import { until } from '../../internal/testing/until.ts';
import { ask, report, ReportStream, storedNames } from './testing/report-stream.ts';
import { startTestService, type TestService } from './testing/start-test-service.ts';

const FLUSH_TIMEOUT_MS = 2000;
const GRACE_MS = 3000;

describe('a service on a PostgreSQL', () => {
  let sandbox: Sandbox;
  let connectionString: string;
  let administrator: pg.Client;
  let service: TestService;

  before(async () => {
    sandbox = await Sandbox.withCluster();
    const settings = { max_connections: '15', superuser_reserved_connections: '0', max_wal_senders: '0' };
    ({ connectionString } = await sandbox.start({ settings }));
  });

  after(() => sandbox.clean());

  beforeEach(async () => {
    await connectAdministrator();
    const drop = () => Promise.resolve(); // It goes with the sandbox.
    service = await startTestService({
      database: { connectionString, drop },
      environment: { SHARDS: '2', FLUSH_TIMEOUT_MS: String(FLUSH_TIMEOUT_MS) },
    });
  });

  afterEach(async () => {
    await service.stop();
    await administrator.end();
  });

  async function connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  async function connectAdministrator(): Promise<void> {
    administrator = await connect();
  }

  async function backends(like: string): Promise<number[]> {
    const { rows } = await administrator.query<{ pid: number }>(
      'select pid from pg_stat_activity where application_name like $1',
      [like],
    );
    return rows.map(({ pid }) => pid);
  }

  async function expectNothingLost(stream: ReportStream): Promise<void> {
    await stream.stop();
    for (const { status } of stream.told.values()) expect(status).to.be.oneOf([200, 503]);
    expect(await storedNames(service.url)).to.include.all.keys(stream.namesTold(200));
  }

  it('whose backends are terminated in the midst of reports loses nothing that it said was stored', async () => {
    const stream = new ReportStream(service.url);
    for (let time = 1; time <= 5; time++) {
      await stream.untilMore(50, 200);
      for (const pid of await backends('minikom shard%')) {
        await administrator.query('select pg_terminate_backend($1)', [pid]);
      }
      for (const pid of await backends('minikom read')) {
        await administrator.query('select pg_terminate_backend($1)', [pid]);
      }
    }
    await stream.untilMore(50, 200);
    await expectNothingLost(stream);
  });

  it('of which one backend crashes, and with it all, recovers and loses nothing', async () => {
    const stream = new ReportStream(service.url);
    await stream.untilMore(50, 200);
    const [victim = 0] = await backends('minikom shard%');
    process.kill(victim, 'SIGKILL');
    await until('the crash', () =>
      administrator.query('select 1').then(
        () => false,
        () => true,
      ),
    );
    await stream.untilMore(50, 200);
    await expectNothingLost(stream);
  });

  it('that was stopped by a signal, as a whole, asks to come again, and goes on with it', async () => {
    await until('a report is taken', async () => (await report(service.url, 'before')).status === 200);
    const { pid: postmaster } = await sandbox.postmaster();
    const frozen = [postmaster, ...(await backends('minikom %'))];
    for (const pid of frozen) process.kill(pid, 'SIGSTOP');
    try {
      const [posted, read, ready] = await Promise.all([
        report(service.url, 'meanwhile'),
        ask(service.url, '/services'),
        ask(service.url, '/ready'),
      ]);
      expect([posted.status, read.status, ready.status]).to.deep.equal([503, 503, 503]);
      expect(posted.tookMs).to.be.below(FLUSH_TIMEOUT_MS + GRACE_MS);
      expect(read.tookMs).to.be.below(2 * FLUSH_TIMEOUT_MS + GRACE_MS);
      expect(ready.tookMs).to.be.below(1000 + GRACE_MS);
    } finally {
      for (const pid of frozen.reverse()) process.kill(pid, 'SIGCONT');
    }
    await until('a report is taken again', async () => (await report(service.url, 'after')).status === 200);
    await until('ready again', async () => (await ask(service.url, '/ready')).status === 200);
  });

  it('that has no connection left asks to come again until there is one', async () => {
    // Settling has its connection: while it looks for one, it takes places and gives them back.
    await until('ready', async () => (await ask(service.url, '/ready')).status === 200);
    const hogs: pg.Client[] = [];
    const full: unknown = await (async () => {
      for (;;) hogs.push(await connect());
    })().catch((error: unknown) => error);
    expect(full).to.include({ code: '53300' });
    const told = await report(service.url, 'too many');
    expect(told.status).to.equal(503);
    expect(told.tookMs).to.be.below(FLUSH_TIMEOUT_MS + GRACE_MS);
    await Promise.all(hogs.map((hog) => hog.end()));
    await until('a report is taken', async () => (await report(service.url, 'too many')).status === 200);
  });
});

import { expect } from 'chai';
import pg from 'pg';

import { hasPgBouncer, startPgBouncer, type PgBouncer } from '../../internal/testing/pgbouncer.ts';
import { createTestDatabase, type TestDatabase } from '../../internal/testing/shared-postgres.ts';
import { LogProcess } from '../../internal/program/log-process.ts';
import { post, serviceAt } from './testing/asking.ts';
import { startTestService, type TestService } from './testing/start-test-service.ts';

const SECOND = 1_700_000_000;
// Enough that connections of every kind are used by several at once.
const WRITERS = 12;

// Skipped where PgBouncer is not installed; scripts/test.sh installs it if it may.
describe('through PgBouncer', () => {
  let database: TestDatabase;
  let pooler: PgBouncer | undefined;

  before(async function () {
    if (!hasPgBouncer()) this.skip();
    database = await createTestDatabase();
  });

  afterEach(async () => {
    await pooler?.stop();
    pooler = undefined;
  });

  after(async () => {
    if (hasPgBouncer()) await database.drop();
  });

  const through = (url: string, environment: Readonly<Record<string, string>> = {}): Promise<TestService> =>
    startTestService({ database: { connectionString: url, drop: () => Promise.resolve() }, environment });

  /** Writes and reads of every feature, several at once; expects each to be answered with 2xx. */
  async function expectAllWorks(service: TestService): Promise<void> {
    const time = new Date(SECOND * 1000).toISOString();
    const statuses = await Promise.all(
      Array.from({ length: WRITERS }, async (_, index) => {
        const name = `service ${index}`;
        const written = [
          await post(service, '/event', { service_name: name, state: 'deploy', timestamp: SECOND }),
          await post(service, '/events', [{ timestamp: SECOND, data: { index } }]),
          await post(service, '/records', {
            Records: [{ Component: `c-${index}`, Environment: 'live', State: 'done', Timestamp: time }],
          }),
          await post(service, '/collect', {
            job_name: 'job',
            run_id: String(index),
            sent_at: SECOND,
            counters: { payload_counter: 1 },
            messages: [
              { message_type: 'spark-event', content: '{"Event":"a"}', generated_at: SECOND * 1000 },
            ],
          }),
        ];
        const read = [
          ...[`/services/${encodeURIComponent(name)}/latest-events`, '/services', '/events', '/current'],
          ...['/job', '/ready', '/settling'],
        ].map((path) => service.send({ path }));
        return [...written, ...(await Promise.all(read))].map(({ status }) => status);
      }),
    );
    expect(new Set(statuses.flat())).to.deep.equal(new Set([200]));
  }

  it('in session mode all works as it is, by its port and by its socket', async () => {
    pooler = await startPgBouncer(database.connectionString, 'session');
    for (const url of [pooler.url, pooler.socketUrl]) {
      const service = await through(url);
      await expectAllWorks(service);
      await service.stop();
    }
  });

  it('in transaction mode all works without names, and with a way to PostgreSQL itself', async () => {
    pooler = await startPgBouncer(database.connectionString, 'transaction');
    const environment = { DATABASE_PREPARE: 'off', DATABASE_DIRECT_URL: database.connectionString };
    const service = await through(pooler.url, environment);
    await expectAllWorks(service);
    await service.stop();
    // Others who are given the same sessions find nothing changed in them.
    const client = new pg.Client({ connectionString: pooler.url });
    await client.connect();
    const { rows } = await client.query(
      `select current_setting('statement_timeout') as timeout, count(name)::int as prepared
       from (select 1) as one left join pg_prepared_statements on true`,
    );
    await client.end();
    expect(rows).to.deep.equal([{ timeout: '0', prepared: 0 }]);
  });

  const refusals: readonly (readonly [what: string, environment: Record<string, string>, said: RegExp])[] = [
    ['as it is', {}, /^DATABASE_URL leads .* set DATABASE_PREPARE=off, and DATABASE_DIRECT_URL to lead /],
    [
      'without a way to PostgreSQL itself',
      { DATABASE_PREPARE: 'off' },
      /^DATABASE_URL leads .*: set DATABASE_DIRECT_URL/,
    ],
  ];
  for (const [what, environment, said] of refusals) {
    it(`in transaction mode ${what} the start says what to set, and nothing is answered 500`, async () => {
      pooler = await startPgBouncer(database.connectionString, 'transaction');
      const settings = { DATABASE_URL: pooler.url, PORT: '0', ...environment };
      const started = new LogProcess(new URL('main.js', import.meta.url), [], settings);
      await started.until((lines) => lines.some(({ msg }) => msg === 'database not ready'));
      const lines = started.lines.filter(({ msg }) => msg === 'database not ready');
      expect(lines.map(({ reason }) => reason)).to.have.length(1);
      expect(lines[0]?.reason).to.match(said);
      const asked = serviceAt(String(started.lines.find(({ msg }) => msg === 'minikom listens')?.url));
      const report = { service_name: 'web', state: 'deploy', timestamp: SECOND };
      expect((await post(asked, '/event', report)).status).to.equal(503);
      expect((await asked.send({ path: '/ready' })).status).to.equal(503);
      expect(await started.endBy('SIGTERM')).to.equal(0);
    });
  }
});

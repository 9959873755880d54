import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect } from 'chai';
import pg from 'pg';

import { addPending } from '../../internal/services/settling/pending.ts';
import { copyNewCluster } from '../../internal/testing/new-cluster.ts';
import { createTestDatabase, type TestDatabase } from '../../internal/testing/shared-postgres.ts';
import { postGood } from '../minikom/testing/asking.ts';
import { startTestService, type TestService } from '../minikom/testing/start-test-service.ts';

const NOW = 1_700_000_000;
const main = fileURLToPath(new URL('main.js', import.meta.url));
const run = promisify(execFile);
/** Whatever COPY, SQL and shells do something special with. */
const AWFUL = 'a\\.b "c" \'d\' \\N ☂ 💣 %';
const KEYED = { 'idempotency-key': 'backup-1' };

const paths = [
  ...['/services', '/events?limit=100', '/current', '/historical/shop', '/deployments/stats', '/checks'],
  ...['/job', '/job/etl', '/job/etl/runs', '/job/etl/run-1/events', '/job/etl/run-1/duration', '/job-runs'],
  ...['', '/latest-events', '/stats', '/badge.svg'].map(
    (end) => `/services/${encodeURIComponent(AWFUL)}${end}`,
  ),
  `/timelines?service=${encodeURIComponent(AWFUL)}&service=web&from=${NOW - 9000}&to=${NOW}`,
];

describe('a backup', () => {
  let folder: string;
  let file: string;
  let databases: TestDatabase[];
  let answers: readonly string[];

  const start = (database: TestDatabase) =>
    startTestService({ database, now: () => NOW, environment: { SHARDS: '1' } });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'minikom-backup-'));
    file = join(folder, 'backup.gz');
    databases = [await createTestDatabase(), await createTestDatabase(), await createTestDatabase()];
    const service = await start(first());
    await fill(service);
    answers = await ask(service);
    // Taken while it runs, and while something may be pending.
    await backup(first().connectionString, file);
    await service.stop();
  });

  after(async () => {
    for (const database of databases) await database.drop();
    await rm(folder, { recursive: true });
  });

  const database = (index: number): TestDatabase => {
    const one = databases[index];
    if (one === undefined) throw new RangeError(`there is no database ${index}`);
    return one;
  };
  const first = () => database(0);

  async function program(environment: Record<string, string>, ...args: string[]): Promise<string> {
    const env = { PATH: '/usr/local/bin:/usr/bin:/bin', ...environment };
    const { stderr } = await run(process.execPath, [main, ...args], { env }).catch((error: unknown) => ({
      stderr: error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error),
    }));
    return stderr;
  }
  const backup = async (url: string, to: string) =>
    expect(await program({ DATABASE_URL: url }, 'backup', to)).to.match(/^backed up \d+ tables/);

  async function ask(service: TestService): Promise<string[]> {
    const asked = await Promise.all(paths.map((path) => service.send({ path })));
    return asked.map(({ status, text }, index) => `${paths[index] ?? ''} ${status} ${text}`);
  }

  const keyedEvents = [
    { timestamp: NOW, data: { text: AWFUL, none: null } },
    { timestamp: NOW - 1, data: '\\.' },
  ];

  async function fill(service: TestService): Promise<void> {
    const seconds = Array.from({ length: 400 }, (_, index) => NOW - 7 * index);
    await postGood(
      service,
      '/events',
      seconds.flatMap((timestamp) => [
        { service_name: 'web', state: 'deploy', timestamp },
        { service_name: AWFUL, state: timestamp % 2 === 0 ? 'issue' : 'deploy', timestamp, data: timestamp },
      ]),
    );
    await postGood(service, '/events', keyedEvents, KEYED);
    const put = { method: 'PUT', path: `/services/${encodeURIComponent(AWFUL)}`, body: '{"gap_seconds":9}' };
    expect((await service.send(put)).status).to.equal(200);
    const Timestamp = '2023-11-14T22:00:00.123456789Z';
    await postGood(service, '/records', {
      Records: [{ Component: 'shop', Environment: 'prod', State: AWFUL, Timestamp }],
    });
    const event = (Event: string, at: number) => ({
      ...{ message_type: 'spark-event', generated_at: at },
      content: JSON.stringify({ Event, Timestamp: at, text: AWFUL }),
    });
    const messages = [
      event('SparkListenerApplicationStart', 1000 * (NOW - 90)),
      event('SparkListenerApplicationEnd', 1000 * NOW),
    ];
    await postGood(service, '/collect', {
      job_name: 'etl',
      run_id: 'run-1',
      counters: { payload_counter: 1 },
      messages,
    });
  }

  it('gives exactly the same answers where it is restored, and goes on from there', async () => {
    const url = database(1).connectionString;
    expect(await program({ DATABASE_URL: url }, 'restore', file)).to.match(/^restored /);
    const service = await start(database(1));
    expect(await ask(service)).to.deep.equal(answers);
    // The same request with the same key is known.
    await postGood(service, '/events', keyedEvents, KEYED);
    expect(await ask(service)).to.deep.equal(answers);
    await postGood(service, '/event', { service_name: 'new', state: 'issue', timestamp: NOW });
    await postGood(service, '/events', [{ timestamp: NOW, data: 'new' }]);
    expect(await ask(service)).to.not.deep.equal(answers);
    expect(await program({ DATABASE_URL: url }, 'restore', file)).to.include('Minikom runs on this database');
    expect(await program({ DATABASE_URL: url }, 'reset', '--yes')).to.include(
      'Minikom runs on this database',
    );
    await service.stop();
    expect(await program({ DATABASE_URL: url }, 'restore', file)).to.include('The database is not empty');
  });

  it('goes to an embedded PostgreSQL and back to a database that was reset, with the same answers', async () => {
    const dataDir = join(folder, 'data');
    expect(await program({ DATA_DIR: dataDir }, 'backup', join(folder, 'none.gz'))).to.include(
      'There is no data',
    );
    await copyNewCluster(dataDir);
    expect(await program({ DATA_DIR: dataDir }, 'restore', file)).to.match(/^restored /);
    const again = join(folder, 'again.gz');
    expect(await program({ DATA_DIR: dataDir }, 'backup', again)).to.match(/^backed up/);
    const url = database(1).connectionString;
    expect(await program({ DATABASE_URL: url }, 'reset')).to.include('Usage');
    // As a service leaves it that was killed.
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await addPending(client, 1, 1, Buffer.of(0));
    await client.end();
    expect(await program({ DATABASE_URL: url }, 'reset', '--yes')).to.match(/^deleted all/);
    expect(await program({ DATABASE_URL: url }, 'restore', again)).to.match(/^restored /);
    const service = await start(database(1));
    expect(await ask(service)).to.deep.equal(answers);
    await service.stop();
  });

  it('that is not whole, or none, is refused, and nothing of it is stored', async () => {
    const url = database(2).connectionString;
    const part = join(folder, 'part.gz');
    const whole = await readFile(file);
    await writeFile(part, whole.subarray(0, whole.length - 100));
    expect(await program({ DATABASE_URL: url }, 'restore', part)).to.equal(
      'backup: unexpected end of file\n',
    );
    await writeFile(part, 'no backup');
    expect(await program({ DATABASE_URL: url }, 'restore', part)).to.equal(
      'backup: incorrect header check\n',
    );
    expect(await program({ DATABASE_URL: url }, 'restore', join(folder, 'missing'))).to.include('ENOENT');
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    expect(
      (await client.query('select from services union all select from event_batches')).rowCount,
    ).to.equal(0);
    await client.end();
  });

  it('leaves nothing half-written behind', async () => {
    await program({ DATABASE_URL: 'postgres://127.0.0.1:1/none' }, 'backup', join(folder, 'never.gz'));
    expect((await readdir(folder)).filter((name) => /never|\.part$/.test(name))).to.deep.equal([]);
  });
});

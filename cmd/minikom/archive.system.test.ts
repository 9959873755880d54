import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { expect } from 'chai';
import pg from 'pg';

import { TcpProxy } from '../../internal/chaos/tcp-proxy.ts';
import { LogProcess } from '../../internal/program/log-process.ts';
import { settleAll } from '../../internal/testing/services-database.ts';
import { createTestDatabase, type TestDatabase } from '../../internal/testing/shared-postgres.ts';
import { until } from '../../internal/testing/until.ts';
import { postGoodEvents } from './testing/bulk-client.ts';
import { startTestService } from './testing/start-test-service.ts';

const DAY_SECONDS = 86_400;
const START = Date.parse('2023-11-14T12:00:00Z') / 1000;
const RECORDS = 1500; // More than one step.

describe('ARCHIVE_DIR', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let folder: string;

  beforeEach(async () => {
    database = await createTestDatabase();
    pool = new pg.Pool({ connectionString: database.connectionString, max: 3 });
    folder = await mkdtemp(join(tmpdir(), 'minikom-archive-'));
  });

  afterEach(async () => {
    await pool.end();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  /** The rows of each table in the archive. */
  async function archived(): Promise<Record<string, Record<string, unknown>[]>> {
    const tables: Record<string, Record<string, unknown>[]> = {};
    for (const name of (await readdir(folder)).filter((each) => each.endsWith('.ndjson.gz')).sort()) {
      const lines = gunzipSync(await readFile(join(folder, name)))
        .toString()
        .trimEnd()
        .split('\n');
      const rows = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      (tables[name.replace(/-.*/, '')] ??= []).push(...rows);
    }
    return tables;
  }

  const count = async (table: string) =>
    (await pool.query<{ n: number }>(`select count(*)::int as n from ${table}`)).rows[0]?.n;

  it('keeps what RETENTION_DAYS drops, in files by table and day', async () => {
    let nowSeconds = START;
    const first = await startTestService({ database, environment: {}, now: () => nowSeconds });
    for (let day = 0; day < 3; day++) {
      nowSeconds = START + day * DAY_SECONDS;
      await postGoodEvents(first, [
        { timestamp: nowSeconds, data: { day } },
        { timestamp: nowSeconds, service_name: 'a', state: 'issue' },
      ]);
    }
    await settleAll(pool);
    await first.stop();
    await pool.query(
      `insert into mutes (pattern, author, note, begun_at, until_at) values ('*', 'me', '', 1, 2)`,
    );
    await pool.query(
      `insert into checks (target, checked_ms, outcome, failed, latency_ms) values ('t', 1, 'dns', true, 3)`,
    );
    await pool.query(`
      insert into job_runs (job_name, run_id, last_seen_ms, events) values ('j', 'r', 1, 1);
      insert into job_events (job_name, run_id, generated_ms, arrival, occurrence, content_digest, content)
      values ('j', 'r', 1, 0, 1, substr(sha256('x'), 1, 16), '{"Event":"x"}');
      insert into notifications (receiver, rule, service_name, state, kind, since, created_at)
      values ('r', 'r', 's', 'issue', 'begun', 1, 1);
      insert into alerts (rule, service_name, since, told_at, ended_at) values ('r', 's', 1, 1, 2)`);
    const environment = { RETENTION_DAYS: '1', ARCHIVE_DIR: folder };
    const second = await startTestService({ database, environment, now: () => nowSeconds });
    const tables = ['mutes', 'checks', 'job_runs', 'job_events', 'notifications', 'alerts'];
    try {
      for (const table of tables)
        await until(`${table} to be dropped`, async () => (await count(table)) === 0);
      await until('old hours to be dropped', async () => (await count('observations')) === 2);
      await until('old events to be dropped', async () => (await count('payload_events')) === 2);
    } finally {
      await second.stop();
    }
    const kept = await archived();
    expect(Object.keys(kept)).to.have.members([...tables, 'observations', 'payload_events']);
    expect(kept.payload_events).to.have.length(1);
    expect(kept.payload_events?.[0]).to.deep.include({ received_day: '2023-11-14', data: { day: 0 } });
    const hour = { service_name: 'a', hour: START / 3600, deploy: '{}', issue: '{[0,1)}' };
    expect(kept.observations?.[0]).to.deep.include(hour);
    expect(kept.job_events?.[0]).to.include({ job_name: 'j', content: '{"Event":"x"}' });
    expect((await readdir(folder)).filter((name) => name.startsWith('payload_events'))).to.deep.equal([
      'payload_events-2023-11-14.ndjson.gz',
    ]);
  });

  it('loses nothing of a service that is killed between the file and the deletion', async () => {
    await pool.query(`
      insert into deployment_records (component, second, nanosecond, environment, state)
      select 'web', second, 0, 'prod', 'succeeded' from generate_series(1, ${RECORDS}) as second;
      insert into current_records (component, second, nanosecond, environment, state)
      values ('web', ${RECORDS}, 0, 'prod', 'succeeded')`);
    const proxy = await TcpProxy.before(database.connectionString);
    const start = () =>
      new LogProcess(new URL('main.js', import.meta.url), [], {
        ...{ DATABASE_URL: proxy.url, PORT: '0' },
        ...{ RETENTION_DAYS: '1', ARCHIVE_DIR: folder },
      });
    const held = proxy.holdAt('delete from deployment_records', 'commit');
    const killed = start();
    await held;
    await killed.endBy('SIGKILL');
    expect(await count('deployment_records')).to.equal(RECORDS);
    expect(await readdir(folder)).to.have.length(1);

    const next = start();
    await next.untilReady();
    await until('all to be dropped but the newest', async () => (await count('deployment_records')) === 1);
    await next.endBy('SIGTERM');
    await proxy.refuse();
    const kept = (await archived()).deployment_records?.map(({ second }) => Number(second)) ?? [];
    // What was in the file and not deleted came once more.
    expect(kept).to.have.length(1000 + RECORDS - 1);
    expect([...new Set(kept)].sort((a, b) => a - b)).to.deep.equal(
      Array.from({ length: RECORDS - 1 }, (_, at) => at + 1),
    );
    expect(
      (await readdir(folder)).every((name) => /^deployment_records-[\d-]+\.ndjson\.gz$/.test(name)),
    ).to.equal(true);
  });
});

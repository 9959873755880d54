import { expect } from 'chai';
import pg from 'pg';

import { settlerName } from '../../internal/services/settling/pending.ts';
import { createTestDatabase, type TestDatabase } from '../../internal/testing/shared-postgres.ts';
import { until } from '../../internal/testing/until.ts';
import { send } from '../../internal/testing/wire.ts';
import { LogProcess } from '../../internal/program/log-process.ts';

const START = 1_700_000_000;

describe('two versions of the program side by side', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  const running: LogProcess[] = [];

  beforeEach(async () => {
    database = await createTestDatabase();
    pool = new pg.Pool({ connectionString: database.connectionString, max: 2 });
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((replica) => replica.endBy('SIGKILL')));
    await pool.end();
    await database.drop();
  });

  /** A replica. The earlier version is this one, told to know no layout but the first, as it says to all others. */
  async function start(version: 'earlier' | 'later'): Promise<{ url: string; process: LogProcess }> {
    const replica = new LogProcess(new URL('main.js', import.meta.url), [], {
      DATABASE_URL: database.connectionString,
      PORT: '0',
      ...(version === 'earlier' && { REPORT_LAYOUT: '1' }),
    });
    running.push(replica);
    return { url: await replica.untilReady(), process: replica };
  }

  const settlersOf = async (layout: number) =>
    (
      await pool.query(
        'select distinct pid from pg_stat_activity where datname = current_database() and application_name = $1',
        [settlerName(layout)],
      )
    ).rowCount ?? 0;

  let seconds = 0;
  /** Reports one more second to a replica, and returns the layouts of all batches that are pending then. */
  async function report(url: string): Promise<Set<number>> {
    const body = JSON.stringify({ service_name: 'web', state: 'issue', timestamp: START + seconds++ });
    // While nobody settles, it is seen what was written.
    const client = await pool.connect();
    try {
      await client.query('select pg_advisory_lock(77010, 5)');
      expect((await send(url, { method: 'POST', path: '/event', body })).status).to.equal(200);
      const { rows } = await client.query<{ layout: number }>(
        'select get_byte(reports, 0) as layout from pending_reports',
      );
      return new Set(rows.map(({ layout }) => layout));
    } finally {
      await client.query('select pg_advisory_unlock(77010, 5)');
      client.release();
    }
  }

  async function expectAll(...urls: string[]): Promise<void> {
    for (const url of urls) {
      const { text } = await send(url, { path: '/services/web/latest-events' });
      const all = [{ state: 'issue', start_time: START, end_time: START + seconds }];
      expect(JSON.parse(text), url).to.deep.equal(all);
    }
  }

  it('write what both can read, through an upgrade and back, and both answer everything at any time', async function () {
    this.timeout(120_000);
    seconds = 0;
    const earlier = await start('earlier');
    expect(await report(earlier.url)).to.deep.equal(new Set([1]));
    const later = await start('later');
    for (const { url } of [earlier, later, earlier, later]) {
      expect([...(await report(url))]).to.not.include(2);
      await expectAll(earlier.url, later.url);
    }
    // The upgrade is done once the last earlier one is gone.
    await earlier.process.endBy('SIGTERM');
    await until('the later one writes its own layout', async () => (await report(later.url)).has(2));
    await expectAll(later.url);
    // And back: the earlier one says that it is there before it serves anything.
    const again = await start('earlier');
    await until('the earlier one is known', async () => (await settlersOf(1)) > 0);
    await until('the later one writes the layout of both', async () => {
      const layouts = await report(later.url);
      return !layouts.has(2) && layouts.has(1);
    });
    await expectAll(later.url, again.url);
    await later.process.endBy('SIGTERM');
    await report(again.url);
    await expectAll(again.url);
    const { rows } = await pool.query('select from unreadable_reports');
    expect(rows, 'nothing was set aside').to.deep.equal([]);
  });
});

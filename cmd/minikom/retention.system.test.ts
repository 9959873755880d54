import { expect } from 'chai';
import pg from 'pg';

import { settleAll } from '../../internal/testing/services-database.ts';
import { createTestDatabase, type TestDatabase } from '../../internal/testing/shared-postgres.ts';
import { until } from '../../internal/testing/until.ts';
import { allData, postGoodEvents } from './testing/bulk-client.ts';
import { startTestService, type TestService } from './testing/start-test-service.ts';

const DAY_SECONDS = 86_400;
const START = 1_700_000_000;

describe('RETENTION_DAYS', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let service: TestService;
  let nowSeconds = START;

  beforeEach(async () => {
    database = await createTestDatabase();
    pool = new pg.Pool({ connectionString: database.connectionString, max: 2 });
  });

  afterEach(async () => {
    await service.stop();
    await pool.end();
    await database.drop();
  });

  async function start(environment: Record<string, string>): Promise<void> {
    service = await startTestService({ database, environment, now: () => nowSeconds });
  }

  /** One payload event and one report of each of ten days. */
  async function storeTenDays(): Promise<void> {
    for (let day = 0; day < 10; day++) {
      nowSeconds = START + day * DAY_SECONDS;
      await postGoodEvents(service, [
        { timestamp: nowSeconds, data: day },
        { timestamp: nowSeconds, service_name: 'a', state: 'issue' },
      ]);
    }
    await postGoodEvents(service, [{ timestamp: START, service_name: 'old', state: 'deploy' }]);
    await settleAll(pool);
  }

  const hours = async () =>
    (await pool.query<{ n: number }>("select count(*)::int as n from observations where service_name = 'a'"))
      .rows[0]?.n;

  it('drops what is older soon after the start, and then each few minutes', async () => {
    await start({});
    await storeTenDays();
    await service.stop();
    await start({ RETENTION_DAYS: '3' });
    await until('the old hours to go', async () => (await hours()) === 4);
    await until('the old partitions to go', async () => (await allData(service)).length === 4);
    expect(await allData(service)).to.deep.equal([9, 8, 7, 6]);
    const services = JSON.parse((await service.send({ path: '/services' })).text) as Record<string, unknown>;
    expect(services.old, 'a service keeps its last state').to.deep.equal({ state: 'idle', since: START + 1 });
  });

  it('leaves known since when a state lasts that began before', async () => {
    await start({});
    await service.stop();
    const newest = Math.floor(START / 3600);
    nowSeconds = (newest + 1) * 3600;
    await pool.query(
      `insert into observations (bucket, service_name, hour, deploy, issue)
       select minikom_bucket('a'), 'a', hour, '{[0,3600)}', '{}' from generate_series($1::int, $2::int) as hour`,
      [newest - 99, newest],
    );
    await pool.query(
      `insert into services (bucket, service_name, newest_hour) values (minikom_bucket('a'), 'a', $1)`,
      [newest],
    );
    await start({ RETENTION_DAYS: '3' });
    await until('the old hours to go', async () => (await hours()) === 72);
    const { text } = await service.send({ path: '/services' });
    expect(JSON.parse(text)).to.deep.equal({ a: { state: 'deploy', since: (newest - 99) * 3600 } });
  });

  it('is off by default', async () => {
    await start({});
    await storeTenDays();
    await service.stop();
    await start({});
    expect(await hours()).to.equal(10);
    expect(await allData(service)).to.have.length(10);
  });
});

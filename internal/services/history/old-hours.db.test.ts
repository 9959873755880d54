import { expect } from 'chai';

import { observe } from '../../testing/columns-of.ts';
import { useDatabase } from '../../testing/use-database.ts';
import { deleteOldHours, oldestKeptHour } from './old-hours.ts';

describe('deleting old hours', () => {
  const database = useDatabase((pool) => pool.query('truncate pending_reports, services, observations'));

  const store = (name: string, ...hours: number[]) =>
    database.withClient((client) =>
      observe(
        client,
        hours.map((hour) => ({ service_name: name, state: 'issue', timestamp: hour * 3600 })),
      ),
    );
  const deleteBefore = (hour: number, limit: number) =>
    database.withClient((client) => deleteOldHours(client, hour, limit));

  async function hours(): Promise<Record<string, number[]>> {
    const { rows } = await database.pool.query<{ service_name: string; hours: number[] }>(
      'select service_name, array_agg(hour order by hour) as hours from observations group by 1 order by 1',
    );
    return Object.fromEntries(rows.map(({ service_name, hours: kept }) => [service_name, kept]));
  }

  for (const limit of [1, 2, 100]) {
    it(`keeps what is not old and the newest hour of each service, ${limit} at a time`, async () => {
      await store('a', 1, 2, 3, 10, 11);
      await store('b', 1, 2, 3);
      await store('c', 1);
      await store('d', 11);
      expect(await deleteBefore(10, limit)).to.equal(5);
      expect(await hours()).to.deep.equal({ a: [10, 11], b: [3], c: [1], d: [11] });
      expect(await deleteBefore(10, limit)).to.equal(0);
    });
  }

  it('goes through more services than one statement looks at', async () => {
    await database.pool.query(
      `insert into services (bucket, service_name, newest_hour) select minikom_bucket(n::text), n::text, 9 from generate_series(1, 2500) as n`,
    );
    await database.pool.query(`
      insert into observations (bucket, service_name, hour, deploy, issue)
      select minikom_bucket(n::text), n::text, hour, '{}', '{[0,1)}' from generate_series(1, 2500) as n, generate_series(8, 9) as hour`);
    expect(await deleteBefore(100, 700)).to.equal(2500);
  });

  it('leaves rows that a flush is writing for the next time, without waiting', async () => {
    await store('a', 1, 2, 9);
    await database.withClient(async (flush) => {
      await flush.query('begin');
      await flush.query(
        "select from observations where bucket = minikom_bucket('a') and hour = 1 for update",
      );
      expect(await deleteBefore(5, 10)).to.equal(1);
      await flush.query('commit');
    });
    expect(await deleteBefore(5, 10)).to.equal(1);
    expect(await hours()).to.deep.equal({ a: [9] });
  });

  it('counts whole hours', () => {
    expect(oldestKeptHour(1, 25 * 3600 + 3599)).to.equal(1);
    expect(oldestKeptHour(2, 3600)).to.equal(-47);
  });
});

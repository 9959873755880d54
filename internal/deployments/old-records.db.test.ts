import { expect } from 'chai';

import { useDatabase } from '../testing/use-database.ts';
import { deleteOldRecords } from './old-records.ts';

describe('deleting old records', () => {
  const database = useDatabase((pool) => pool.query('truncate deployment_records, current_records'));

  const store = (component: string, environment: string, ...seconds: number[]) =>
    database.pool.query(
      `with added as (
         insert into deployment_records (component, environment, state, second, nanosecond)
         select $1, $2, 'succeeded', second, 5 from unnest($3::int8[]) as second
       )
       insert into current_records (component, environment, state, second, nanosecond)
       select $1, $2, 'succeeded', max(second), 5 from unnest($3::int8[]) as second`,
      [component, environment, seconds],
    );

  async function stored(): Promise<string[]> {
    const { rows } = await database.pool.query<{ record: string }>(
      `select concat_ws(' ', component, environment, second) as record
       from deployment_records order by component, environment, second`,
    );
    return rows.map(({ record }) => record);
  }

  for (const limit of [1, 2, 100]) {
    it(`keeps what is not old and the newest of each component and environment, ${limit} at a time`, async () => {
      await store('a', 'prod', 1, 2, 3, 10, 11);
      await store('a', 'staging', 1, 2, 3);
      await store('b', 'prod', 4);
      await store('c', 'prod', -5, 12);
      const deleting = () => database.withClient((client) => deleteOldRecords(client, 10, limit));
      expect(await deleting()).to.equal(6);
      expect(await stored()).to.deep.equal([
        'a prod 10',
        'a prod 11',
        'a staging 3',
        'b prod 4',
        'c prod 12',
      ]);
      expect(await deleting()).to.equal(0);
    });
  }
});

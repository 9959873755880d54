import { expect } from 'chai';

import type { Archived } from '../database/transaction.ts';
import { deleteOldRecords } from './old-records.ts';
import { historyOf, END, START } from './queries.ts';
import type { DeploymentRecord } from './record.ts';
import { recordSink } from './sink.ts';
import { batchOf, useRecordDatabase } from './testing/record-database.ts';

describe('deleting old records', () => {
  const database = useRecordDatabase();

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

  describe('of which some say more', () => {
    const record = (second: number, details: Partial<DeploymentRecord> = {}): DeploymentRecord => ({
      ...{ component: 'a', environment: 'prod', state: 'succeeded', second, nanosecond: 5 },
      ...details,
    });
    const detailed = [
      record(1, { version: '1.0', by: 'me', url: 'https://ci.example/1' }),
      record(2, { version: '2.0' }),
      record(3),
      record(10, { version: '10.0' }),
    ];
    const write = (records: readonly DeploymentRecord[]) =>
      database.withClient((client) => recordSink.write(client, batchOf(records)));
    const told = () => historyOf(database.pool, 'a', { after: START, to: END, environment: undefined }, 100);

    async function deleteArchiving(limit: number, archive: boolean): Promise<unknown[]> {
      const lines: string[] = [];
      const archived: Archived = {
        table: 'deployment_records',
        write: (more) => Promise.resolve(void lines.push(...more)),
      };
      await database.withClient((client) =>
        deleteOldRecords(client, 5, limit, archive ? archived : undefined),
      );
      return lines.map((line) => JSON.parse(line) as unknown);
    }

    const line = (second: number, version: string | null, made_by: string | null, url: string | null) => ({
      ...{ component: 'a', second, nanosecond: 5, environment: 'prod', state: 'succeeded' },
      ...{ version, made_by, url },
    });

    for (const limit of [1, 2, 100]) {
      it(`archives that with them, ${limit} at a time`, async () => {
        await write(detailed);
        expect(await deleteArchiving(limit, true)).to.have.deep.members([
          line(1, '1.0', 'me', 'https://ci.example/1'),
          line(2, '2.0', null, null),
          line(3, null, null, null),
        ]);
        expect(await told()).to.deep.equal([detailed[3]]);
      });
    }

    it('forgets that with them: who sends one again says all that is told of it', async () => {
      await write(detailed);
      await deleteArchiving(100, false);
      await write([record(1), record(2, { by: 'you' })]);
      expect(await told()).to.deep.equal([record(1), record(2, { by: 'you' }), detailed[3]]);
    });

    for (const limit of [1, 100]) {
      it(`archives and deletes details that are left of records that are gone, ${limit} at a time`, async () => {
        await write(detailed);
        await database.pool.query('delete from deployment_records where second < 3');
        expect(await deleteArchiving(limit, true)).to.have.deep.members([
          line(3, null, null, null),
          line(1, '1.0', 'me', 'https://ci.example/1'),
          line(2, '2.0', null, null),
        ]);
        const { rows } = await database.pool.query('select second::int from record_details');
        expect(rows).to.deep.equal([{ second: 10 }]);
      });
    }
  });
});

import { expect } from 'chai';

import { useDatabase } from '../testing/use-database.ts';
import { addPending, arePending, takePending } from './pending.ts';
import { LAYOUT, type StoredRows } from './report-rows.ts';

const PLENTY = 2 ** 20;
const batch = (text: string) => Buffer.concat([Buffer.from([LAYOUT]), Buffer.from(text)]);

describe('pending reports', () => {
  const database = useDatabase((pool) => pool.query('truncate pending_reports'));

  const add = (text: string) => database.withClient((client) => addPending(client, batch(text)));
  const take = (mostBytes = PLENTY) => database.withClient((client) => takePending(client, mostBytes));
  const texts = ({ batches }: { batches: readonly StoredRows[] }) =>
    batches.map(({ bytes }) => String(bytes)).sort();

  it('are taken once', async () => {
    await add('a');
    await add('b');
    expect(await arePending(database.pool)).to.equal(true);
    const taken = await take();
    expect(texts(taken)).to.deep.equal(['a', 'b']);
    expect(taken.isAll).to.equal(true);
    expect(await arePending(database.pool)).to.equal(false);
    expect(texts(await take())).to.deep.equal([]);
  });

  it('are taken oldest first, as many as are asked for and at least one', async () => {
    for (const text of ['aaaa', 'bbbb', 'cccc']) await add(text);
    expect(texts(await take(1))).to.deep.equal(['aaaa']);
    const two = await take(7);
    expect(texts(two)).to.deep.equal(['bbbb', 'cccc']);
    expect(two.isAll, 'there could be more').to.equal(false);
  });

  it('are taken by the thousand, also with a plan that was made when there were none', async () => {
    await add('a');
    await take();
    await database.pool.query('vacuum pending_reports'); // Now it is known to hold next to nothing.
    await database.withClient(async (client) => {
      // As workers have it.
      await client.query(`set plan_cache_mode = 'force_generic_plan'; set enable_seqscan = off`);
      await client.query(`set statement_timeout = '5s'`);
      expect(texts(await takePending(client, PLENTY))).to.deep.equal([]);
      await client.query(
        `insert into pending_reports (reports) select '\\x0161'::bytea from generate_series(1, 12000)`,
      );
      const counts: number[] = [];
      for (let isAll = false; !isAll;) {
        const taken = await takePending(client, PLENTY);
        counts.push(taken.batches.length);
        isAll = taken.isAll;
      }
      expect(counts).to.deep.equal([5000, 5000, 2000]);
      await client.query('reset all');
    });
  });

  it('are left where they were if the transaction that took them is not committed', async () => {
    await add('a');
    await database.withClient(async (client) => {
      await client.query('begin');
      expect(texts(await takePending(client, PLENTY))).to.deep.equal(['a']);
      expect(await arePending(database.pool), 'for others it is pending still').to.equal(true);
      await client.query('rollback');
    });
    expect(texts(await take())).to.deep.equal(['a']);
  });

  it('are waited for while somebody else takes them', async () => {
    await add('a');
    await database.withClient(async (client) => {
      await client.query('begin');
      await takePending(client, PLENTY);
      let isDone = false;
      const second = take().finally(() => (isDone = true));
      const waiting = `select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and query like '%pending_reports%'`;
      while ((await database.pool.query(waiting)).rowCount === 0) expect(isDone).to.equal(false);
      await client.query('commit');
      expect(texts(await second)).to.deep.equal([]);
    });
  });

  it('of a layout that is not known are refused', async () => {
    await database.pool.query(`insert into pending_reports (reports) values ('\\xff00')`);
    const refused: unknown = await take().catch((error: unknown) => error);
    expect(String(refused)).to.include('unknown layout 255');
  });
});

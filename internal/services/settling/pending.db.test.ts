import { expect } from 'chai';

import { useDatabase } from '../../testing/use-database.ts';
import { addPending, deletePending, listPending, readPending } from './pending.ts';

const batch = (text: string) => Buffer.from(text);

describe('pending reports', () => {
  const database = useDatabase((pool) => pool.query('truncate pending_reports'));

  const add = (text: string, slot = 0) =>
    database.withClient((client) => addPending(client, slot, text.length, batch(text)));
  async function texts(): Promise<string[]> {
    const read = await readPending(database.pool, await listPending(database.pool));
    return read.map(({ reports }) => String(reports)).sort();
  }

  it('are listed with their sizes, oldest first, whatever their slots', async () => {
    await add('aaaa', 3);
    await add('b', 1);
    const listed = await listPending(database.pool);
    expect(listed.map(({ slot, rows, bytes }) => [slot, rows, bytes])).to.deep.equal([
      [3, 4, 4],
      [1, 1, 1],
    ]);
    expect(await texts()).to.deep.equal(['aaaa', 'b']);
  });

  it('are there until they are deleted, and those that are gone are not read', async () => {
    for (const text of ['a', 'b', 'c']) await add(text);
    const [first, second, third] = await listPending(database.pool);
    if (first === undefined || second === undefined || third === undefined)
      throw new Error('three were added');
    await deletePending(database.pool, [first, third]);
    expect(
      (await readPending(database.pool, [first, second, third])).map(({ batchId }) => batchId),
    ).to.deep.equal([second.batchId]);
    expect(await texts()).to.deep.equal(['b']);
  });

  it('are read and deleted by the thousand, also with a plan that was made when there were none', async () => {
    await database.pool.query('vacuum pending_reports'); // Now it is known to hold next to nothing.
    await database.withClient(async (client) => {
      await client.query('set enable_seqscan = off');
      // PostgreSQL makes a plan for any values after the first five.
      for (let round = 0; round < 6; round++) await readPending(client, []);
      for (let round = 0; round < 6; round++) await deletePending(client, []);
      await client.query(`set statement_timeout = '5s'`);
      await deletePending(client, await listPending(client));
      await client.query(
        `insert into pending_reports (slot, reports) select n % 64, '\\x0161'::bytea from generate_series(1, 12000) as n`,
      );
      const listed = await listPending(client);
      expect(listed).to.have.length(12_000);
      expect(await readPending(client, listed)).to.have.length(12_000);
      await deletePending(client, listed);
      expect(await listPending(client)).to.deep.equal([]);
      await client.query('reset all');
    });
  });
});

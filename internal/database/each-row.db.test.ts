import { expect } from 'chai';
import pg from 'pg';

import { useDatabase } from '../testing/use-database.ts';
import { sendUnnamed } from './connection.ts';
import { eachRow } from './each-row.ts';

const numbers = {
  name: 'numbers',
  text: 'select n, nullif(n, 2)::text from generate_series(1, $1) as n order by n',
  values: [3],
};

describe('rows that are used as they arrive', () => {
  const database = useDatabase(() => Promise.resolve());

  const rowsOf = async (from: Pick<pg.Pool, 'query'>, query: pg.QueryConfig = numbers) => {
    const rows: unknown[] = [];
    await eachRow(from, query, (columns) => rows.push(columns));
    return rows;
  };
  const all = [
    ['1', '1'],
    ['2', null],
    ['3', '3'],
  ];

  it('come from a pool and from a client, columns as PostgreSQL writes them', async () => {
    expect(await rowsOf(database.pool)).to.deep.equal(all);
    await database.withClient(async (client) => {
      for (let time = 0; time < 2; time++) expect(await rowsOf(client)).to.deep.equal(all);
    });
    expect(await rowsOf(database.pool, { text: 'select 1 where false' })).to.deep.equal([]);
  });

  it('come while PostgreSQL finds more', async () => {
    let used = 0;
    let isOver = false;
    let wasOver: boolean | undefined;
    const many = { text: "select repeat('x', 1000) from generate_series(1, 100000)" };
    await eachRow(database.pool, many, () => {
      if (used++ === 0) setImmediate(() => (wasOver = isOver));
    });
    isOver = true;
    expect(used).to.equal(100_000);
    expect(wasOver).to.equal(false);
  });

  it('end with what their use throws, and leave the connection as it was', async () => {
    await database.withClient(async (client) => {
      let used = 0;
      const use = () => {
        used++;
        throw new Error('not this one');
      };
      const fault = await eachRow(client, numbers, use).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(fault).to.have.property('message', 'not this one');
      expect(used).to.equal(1);
      expect(await rowsOf(client)).to.deep.equal(all);
    });
  });

  it('end with the error of their query, on a pool that has its connection back', async () => {
    const wrong = { text: 'select 1 / (2 - n) from generate_series(1, 3) as n' };
    const pool = new pg.Pool({ connectionString: database.connectionString, max: 1 });
    try {
      for (const from of [pool, pool]) {
        const fault = await rowsOf(from, wrong).then(
          () => undefined,
          (error: unknown) => error,
        );
        expect(fault).to.have.property('code', '22012');
      }
      expect(await rowsOf(pool)).to.deep.equal(all);
    } finally {
      await pool.end();
    }
    await database.withClient(async (client) => {
      expect(await rowsOf(client, wrong).catch(() => 'refused')).to.equal('refused');
      expect(await rowsOf(client)).to.deep.equal(all);
    });
  });

  it('have no name where sessions are shared', async () => {
    const client = new pg.Client(database.connectionString);
    await client.connect();
    try {
      sendUnnamed(client);
      expect(await rowsOf(client)).to.deep.equal(all);
      const { rows } = await client.query('select name from pg_prepared_statements');
      expect(rows).to.deep.equal([]);
    } finally {
      await client.end();
    }
  });
});

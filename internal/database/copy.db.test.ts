import { expect } from 'chai';
import pg from 'pg';

import { createTestDatabase, type TestDatabase } from '../testing/shared-postgres.ts';
import { TcpProxy } from '../chaos/tcp-proxy.ts';
import { copyRows } from './copy.ts';
import { createPool } from './pool.ts';
import { isTransient } from './sqlstate.ts';

const COPY = 'copy copied (value) from stdin (format binary)';

/** Rows of one int4 each, as one chunk. */
function chunkOf(...values: number[]): Buffer {
  return Buffer.concat(
    values.map((value) => {
      const row = Buffer.alloc(10);
      row.writeInt16BE(1, 0);
      row.writeInt32BE(4, 2);
      row.writeInt32BE(value, 6);
      return row;
    }),
  );
}

for (const isPipelined of [false, true]) {
  describe(`COPY, ${isPipelined ? 'sent at once' : 'when the server asks for it'}`, () => {
    let database: TestDatabase;
    let proxy: TcpProxy;
    let pool: pg.Pool;
    let direct: pg.Pool;

    before(async () => {
      database = await createTestDatabase();
      proxy = await TcpProxy.before(database.connectionString);
      direct = new pg.Pool({ connectionString: database.connectionString });
      await direct.query('create table copied (value int4 check (value >= 0))');
    });

    after(async () => {
      await direct.end();
      await proxy.refuse();
      await database.drop();
    });

    beforeEach(async () => {
      await direct.query('truncate copied');
      pool = createPool({
        connectionString: proxy.url,
        applicationName: 'copy test',
        maxConnections: 1,
        connectTimeoutMs: 5000,
        statementTimeoutMs: 2000,
        isPipelined,
      });
    });

    afterEach(() => pool.end());

    async function copied(): Promise<number[]> {
      const { rows } = await direct.query<{ value: number }>('select value from copied order by value');
      return rows.map(({ value }) => value);
    }

    /** Runs `work` and returns how it failed, and whether its connection can be used afterwards. */
    async function failing(work: (client: pg.PoolClient) => Promise<void>): Promise<unknown> {
      const client = await pool.connect();
      try {
        const error: unknown = await work(client).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        if (error === undefined) throw new Error('it did not fail');
        return error;
      } finally {
        client.release(true);
      }
    }

    it('stores the rows of all chunks, and the connection goes on', async () => {
      const client = await pool.connect();
      await copyRows(client, COPY, [chunkOf(1, 2), chunkOf(3), Buffer.alloc(0), chunkOf(4)]);
      await copyRows(client, COPY, []);
      await client.query('select 1');
      client.release();
      expect(await copied()).to.deep.equal([1, 2, 3, 4]);
    });

    it('fails as a query does where the statement is wrong, and the connection goes on', async () => {
      const client = await pool.connect();
      const error: unknown = await copyRows(client, 'copy nowhere from stdin (format binary)', [
        chunkOf(1),
      ]).catch((reason: unknown) => reason);
      expect(error).to.have.property('code', '42P01');
      await client.query('select 1');
      client.release();
    });

    it('stores nothing where one row is refused, although megabytes are still on their way', async () => {
      const client = await pool.connect();
      const megabytes = Array.from({ length: 20 }, () =>
        chunkOf(...Array.from({ length: 100_000 }, (_, value) => value)),
      );
      const error: unknown = await copyRows(client, COPY, [chunkOf(1, -1), ...megabytes]).catch(
        (reason: unknown) => reason,
      );
      expect(error).to.have.property('code', '23514');
      await client.query('select 1');
      client.release();
      expect(await copied()).to.deep.equal([]);
    });

    it('gives up on a server that is silent, with an error after which work is tried again', async () => {
      const error = await failing((client) => {
        proxy.freeze();
        return copyRows(client, COPY, [chunkOf(1)]);
      });
      proxy.thaw();
      expect(isTransient(error), String(error)).to.equal(true);
    });

    it('is ended by the server where a lock takes too long', async () => {
      const blocker = await direct.connect();
      await blocker.query('begin; lock table copied');
      const error = await failing((client) => copyRows(client, COPY, [chunkOf(1)]));
      await blocker.query('rollback');
      blocker.release();
      expect(isTransient(error), String(error)).to.equal(true);
    });

    it('fails where the connection is lost, and its transaction with it', async () => {
      const error = await failing(async (client) => {
        await client.query('begin');
        const lost = proxy.cutAtAnswerTo('copy copied');
        await Promise.all([copyRows(client, COPY, [chunkOf(1)]), lost]);
      });
      expect(isTransient(error), String(error)).to.equal(true);
      expect(await copied()).to.deep.equal([]);
    });
  });
}

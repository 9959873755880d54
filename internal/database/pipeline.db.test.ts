import { expect } from 'chai';
import pg from 'pg';

import { createTestDatabase, type TestDatabase } from '../testing/shared-postgres.ts';
import { inOrder } from './pipeline.ts';
import { inTransaction } from './transaction.ts';

for (const isPipelined of [false, true]) {
  describe(`statements in order, ${isPipelined ? 'pipelined' : 'one by one'}`, () => {
    let database: TestDatabase;
    let client: pg.Client;
    let other: pg.Client;

    before(async () => {
      database = await createTestDatabase();
      other = new pg.Client({ connectionString: database.connectionString });
      await other.connect();
      await other.query('create table stored (value int primary key)');
    });

    beforeEach(async () => {
      await other.query('truncate stored');
      client = new pg.Client({ connectionString: database.connectionString, pipeline: isPipelined });
      await client.connect();
    });

    afterEach(() => client.end());

    after(async () => {
      await other.end();
      await database.drop();
    });

    const insert = (value: number) => () => client.query('insert into stored values ($1)', [value]);
    const stored = async () =>
      (await other.query<{ value: number }>('select value from stored order by value')).rows.map(
        ({ value }) => value,
      );
    const errorOf = (work: Promise<unknown>) => work.then(String, (error: unknown) => error);

    it(isPipelined ? 'are all sent at once' : 'wait for one another', async () => {
      const sent: number[] = [];
      const send = (value: number) => () => {
        sent.push(value);
        return insert(value)();
      };
      const answers = inOrder(client, send(1), send(2));
      expect(sent).to.deep.equal(isPipelined ? [1, 2] : [1]);
      expect((await answers).map(({ rowCount }) => rowCount)).to.deep.equal([1, 1]);
      expect(await stored()).to.deep.equal([1, 2]);
    });

    it('have the first error, and none of them took effect in a transaction', async () => {
      const work = inTransaction(client, () => inOrder(client, insert(1), insert(1), insert(2)));
      expect(await errorOf(work)).to.have.property('code', '23505');
      expect(await stored()).to.deep.equal([]);
      await inTransaction(client, insert(3));
      expect(await stored()).to.deep.equal([3]);
    });

    it('are committed with the last ones of a transaction, which its COMMIT is sent behind', async () => {
      await inTransaction(client, (thenCommit) => thenCommit(inOrder(client, insert(1), insert(2))));
      expect(await stored()).to.deep.equal([1, 2]);
    });

    it('are rolled back with the last ones of a transaction, whose error is the one to tell', async () => {
      const work = inTransaction(client, async (thenCommit) => {
        await insert(1)();
        await thenCommit(inOrder(client, insert(2), insert(2)));
      });
      expect(await errorOf(work)).to.have.property('code', '23505');
      expect(await stored()).to.deep.equal([]);
      await inTransaction(client, insert(3));
      expect(await stored()).to.deep.equal([3]);
    });

    it('have the error of the work where both fail', async () => {
      const fault = new TypeError('of the work');
      const work = inTransaction(client, async (thenCommit) => {
        await thenCommit(inOrder(client, insert(1)));
        throw fault;
      });
      expect(await errorOf(work)).to.equal(fault);
      expect(await stored()).to.deep.equal([]);
    });
  });
}

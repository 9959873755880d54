import { expect } from 'chai';
import pg from 'pg';

import { createTestDatabase, type TestDatabase } from '../testing/shared-postgres.ts';
import { inTransaction } from './transaction.ts';

describe('a transaction', () => {
  let database: TestDatabase;
  let client: pg.Client;
  let other: pg.Client;

  before(async () => {
    database = await createTestDatabase();
    other = await connect();
    await other.query('create table stored (value int primary key)');
  });

  beforeEach(async () => {
    client = await connect();
    await other.query('truncate stored');
  });

  afterEach(() => client.end());

  after(async () => {
    await other.end();
    await database.drop();
  });

  async function connect(): Promise<pg.Client> {
    const connected = new pg.Client({ connectionString: database.connectionString });
    connected.on('error', () => undefined);
    await connected.connect();
    return connected;
  }

  async function stored(): Promise<number | null> {
    return (await other.query('select from stored')).rowCount;
  }

  const insert = () => client.query('insert into stored values (1)');

  it('is committed when it resolves, and not visible before', async () => {
    await inTransaction(client, async () => {
      await insert();
      expect(await stored()).to.equal(0);
    });
    expect(await stored()).to.equal(1);
  });

  it('is rolled back by an error, which it passes on; the connection stays good', async () => {
    const fault = new TypeError('in the midst of it');
    const outcome: unknown = await inTransaction(client, async () => {
      await insert();
      throw fault;
    }).catch((error: unknown) => error);
    expect(outcome).to.equal(fault);
    expect(await stored()).to.equal(0);
    await inTransaction(client, async () => {
      await insert();
    });
    expect(await stored()).to.equal(1);
  });

  it('rejects when Postgres answers COMMIT with ROLLBACK', async () => {
    const outcome: unknown = await inTransaction(client, async () => {
      await insert();
      await insert().catch(() => undefined); // The key is taken: all of it is aborted.
    }).catch((error: unknown) => error);
    expect(String(outcome)).to.contain('ended with ROLLBACK');
    expect(await stored()).to.equal(0);
  });

  it('passes on the first error when the connection is lost and ROLLBACK fails too', async () => {
    const fault = new TypeError('the first');
    const outcome: unknown = await inTransaction(client, async () => {
      await insert();
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      await other.query('select pg_terminate_backend($1::int4, 5000)', [rows[0]?.pid]);
      throw fault;
    }).catch((error: unknown) => error);
    expect(outcome).to.equal(fault);
    expect(await stored()).to.equal(0);
  });
});

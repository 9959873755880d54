import pg from 'pg';

import { createTestDatabase, type TestDatabase } from './shared-postgres.ts';

const CONNECTIONS = 8;

/** A database with connections to it. */
export interface UsedDatabase {
  readonly pool: pg.Pool;
  readonly connectionString: string;
  /** Runs `work` on a connection. */
  withClient<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T>;
}

/** A database of its own for the tests of the surrounding `describe`; `empty` is run before each of them. */
export function useDatabase(empty: (pool: pg.Pool) => Promise<unknown>): UsedDatabase {
  let database: TestDatabase;
  let pool: pg.Pool;

  before(async () => {
    database = await createTestDatabase();
    pool = new pg.Pool({ connectionString: database.connectionString, max: CONNECTIONS });
  });

  after(async () => {
    await pool.end();
    await database.drop();
  });

  beforeEach(() => empty(pool));

  return {
    get pool() {
      return pool;
    },
    get connectionString() {
      return database.connectionString;
    },
    async withClient(work) {
      const client = await pool.connect();
      try {
        return await work(client);
      } finally {
        client.release();
      }
    },
  };
}

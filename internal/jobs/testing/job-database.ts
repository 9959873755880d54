import pg from 'pg';

import { createTestDatabase, type TestDatabase } from '../../testing/shared-postgres.ts';
import { eventPages, type PageLimits, type StoredEvent } from '../event-pages.ts';

const CONNECTIONS = 8;

/** A database for the tests of the surrounding `describe`, emptied of jobs before each. */
export interface JobDatabase {
  readonly pool: pg.Pool;
  readonly connectionString: string;
  /** Runs `work` on a connection. */
  withClient<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T>;
  /** Forgets all that is stored. */
  clear(): Promise<void>;
  /** All events of a run, in the order of reading. */
  events(jobName?: string, runId?: string, limits?: PageLimits): Promise<StoredEvent[]>;
  /** Their contents. */
  contents(jobName?: string, runId?: string): Promise<string[]>;
}

export function useJobDatabase(): JobDatabase {
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

  beforeEach(() => jobs.clear());

  const jobs: JobDatabase = {
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
    async clear() {
      await pool.query('truncate job_runs, job_payloads, job_events');
    },
    async events(jobName = 'etl', runId = 'r1', limits) {
      const events: StoredEvent[] = [];
      for await (const page of eventPages(pool, { jobName, runId }, limits)) events.push(...page);
      return events;
    },
    async contents(jobName, runId) {
      return (await jobs.events(jobName, runId)).map(({ content }) => content);
    },
  };
  return jobs;
}

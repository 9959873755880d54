import pg from 'pg';

import { createTestDatabase, type TestDatabase } from '../../testing/shared-postgres.ts';
import { appendRecord, emptyColumns, type RecordColumns } from '../columns.ts';
import type { DeploymentRecord } from '../record.ts';

const CONNECTIONS = 8;

/** A database for the tests of the surrounding `describe`, emptied of records before each. */
export interface RecordDatabase {
  readonly pool: pg.Pool;
  readonly connectionString: string;
  empty(): Promise<void>;
}

export function useRecordDatabase(): RecordDatabase {
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

  const empty = async () => {
    await pool.query('truncate deployment_records, current_records');
  };
  beforeEach(empty);

  return {
    get pool() {
      return pool;
    },
    get connectionString() {
      return database.connectionString;
    },
    empty,
  };
}

/** A batch as the front door gathers it. */
export function batchOf(records: readonly DeploymentRecord[]): RecordColumns {
  const columns = emptyColumns();
  for (const record of records) appendRecord(columns, record);
  return columns;
}

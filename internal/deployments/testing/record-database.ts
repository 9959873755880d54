import { useDatabase, type UsedDatabase } from '../../testing/use-database.ts';
import { appendRecord, emptyColumns, type RecordBatch } from '../columns.ts';
import type { DeploymentRecord } from '../record.ts';

/** A database for the tests of the surrounding `describe`, emptied of records before each. */
export interface RecordDatabase extends UsedDatabase {
  empty(): Promise<void>;
}

export function useRecordDatabase(): RecordDatabase {
  const database = useDatabase(() => records.empty());
  const records: RecordDatabase = Object.assign(database, {
    async empty() {
      await database.pool.query('truncate deployment_records, record_details, current_records');
    },
  });
  return records;
}

/** A batch as the front door gathers it. */
export function batchOf(records: readonly DeploymentRecord[]): RecordBatch {
  const columns = emptyColumns();
  for (const record of records) appendRecord(columns, record);
  return { parts: [columns] };
}

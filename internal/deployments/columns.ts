import type { BatchKind } from '../shards/queue.ts';
import type { DeploymentRecord } from './record.ts';

/** Records as columns of plain data: the same index in each array is one record. */
export interface RecordColumns {
  readonly components: string[];
  readonly environments: string[];
  readonly states: string[];
  readonly seconds: number[];
  readonly nanoseconds: number[];
  /** Those of the records that say more, once more. */
  readonly detailed: DeploymentRecord[];
}

export function emptyColumns(): RecordColumns {
  return { components: [], environments: [], states: [], seconds: [], nanoseconds: [], detailed: [] };
}

/** The records of some requests: plain data for the worker. */
export interface RecordBatch {
  readonly parts: RecordColumns[];
}

/** The batches of records, gathered by the front door for the sink of the same name. */
export const recordBatches: BatchKind<RecordBatch> = {
  sink: 'records',
  // Requests about the same components take the same shard: two batches at once would wait for each other.
  maxInFlight: 1,
  emptyColumns: () => ({ parts: [] }),
};

/** Adds one record to the columns. */
export function appendRecord(columns: RecordColumns, record: DeploymentRecord): void {
  columns.components.push(record.component);
  columns.environments.push(record.environment);
  columns.states.push(record.state);
  columns.seconds.push(record.second);
  columns.nanoseconds.push(record.nanosecond);
  const { version, by, url } = record;
  if (version !== undefined || by !== undefined || url !== undefined) columns.detailed.push(record);
}

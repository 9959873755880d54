import type { ClientBase } from 'pg';

import { storedRows, type StoredRows } from './report-rows.ts';

const MOST_BATCHES = 5000;

/** Stores reports as one batch that is pending; see {@link ReportColumns.bytes}. */
export async function addPending(client: ClientBase, reports: Buffer): Promise<void> {
  await client.query({
    name: 'add pending reports',
    text: 'insert into pending_reports (reports) values ($1)',
    values: [reports],
  });
}

/** Batches that were taken, and whether they are all that were there. */
export interface TakenBatches {
  readonly batches: readonly StoredRows[];
  readonly bytes: number;
  readonly isAll: boolean;
}

/**
 * Takes the oldest pending batches, about `bytes` of them, in the transaction of the caller, who adds what they hold to
 * the observations. What another is about to take is waited for, and is not there any more then.
 */
export async function takePending(client: ClientBase, mostBytes: number): Promise<TakenBatches> {
  const { rows } = await client.query<{ reports: Buffer }>({
    name: 'take pending reports',
    text: takeOldest,
    values: [mostBytes, MOST_BATCHES],
  });
  const bytes = rows.reduce((sum, { reports }) => sum + reports.length, 0);
  return {
    batches: rows.map(({ reports }) => storedRows(reports)),
    bytes,
    isAll: rows.length < MOST_BATCHES && bytes < mostBytes,
  };
}

// The ids are chosen once and then deleted by key. As a join, Postgres may choose them anew for each row: it makes its plan
// when nothing is pending, and thousands of batches would take it minutes.
const takeOldest = `
  with oldest as materialized (
    select batch_id, sum(bytes) over (order by batch_id) - bytes as bytes_before
    from (
      select batch_id, octet_length(reports) as bytes from pending_reports order by batch_id limit $2
    ) as pending
  )
  delete from pending_reports
  where batch_id = any (array(select batch_id from oldest where bytes_before < $1))
  returning reports`;

/** Whether any reports are pending. */
export async function arePending(database: Pick<ClientBase, 'query'>): Promise<boolean> {
  const { rowCount } = await database.query({
    name: 'are reports pending',
    // From the newest: a scan would first go through all that was taken since the last vacuum.
    text: 'select batch_id from pending_reports order by batch_id desc limit 1',
  });
  return rowCount !== 0;
}

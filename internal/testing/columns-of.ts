import type { ClientBase } from 'pg';

import { appendReport, reportBatches, type ReportColumns } from '../services/reports/batches.ts';
import { LAYOUT } from '../services/reports/report-rows.ts';
import { addObservations } from '../services/settling/observations.ts';
import { PendingTable } from '../services/settling/pending-table.ts';
import type { ReportBody } from './vectors.ts';

/** Reports as the front door would put them into a batch. */
export function columnsOf(reports: readonly ReportBody[]): ReportColumns {
  const columns = reportBatches().emptyColumns();
  for (const { service_name, state, timestamp } of reports) {
    appendReport(columns, { serviceName: service_name, state, second: Math.floor(timestamp) });
  }
  return columns;
}

/** The rows that columns hold. */
export function rowsOf({ bytes, length }: ReportColumns): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset + 1, length - 1);
}

/** Reports as they are folded when they are read or settled. */
export function foldedOf(reports: readonly ReportBody[]): PendingTable {
  const table = new PendingTable();
  table.add({ layout: LAYOUT, bytes: rowsOf(columnsOf(reports)) });
  return table;
}

/** Has reports in the observations. */
export async function observe(client: ClientBase, reports: readonly ReportBody[]): Promise<void> {
  for (const { bucket, columns } of foldedOf(reports).buckets()) {
    await addObservations(client, bucket, columns());
  }
}

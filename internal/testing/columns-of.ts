import type { ClientBase } from 'pg';

import { appendReport, reportBatches, type ReportColumns } from '../services/columns.ts';
import { foldReports, type FoldedReports } from '../services/fold.ts';
import { addObservations } from '../services/observations.ts';
import { LAYOUT } from '../services/report-rows.ts';
import type { ReportBody } from './vectors.ts';

/** Reports as the front door would put them into a batch. */
export function columnsOf(reports: readonly ReportBody[]): ReportColumns {
  const columns = reportBatches.emptyColumns();
  for (const { service_name, state, timestamp } of reports) {
    appendReport(columns, { serviceName: service_name, state, second: Math.floor(timestamp) });
  }
  return columns;
}

/** The rows that columns hold. */
export function rowsOf({ bytes, length }: ReportColumns): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset + 1, length - 1);
}

/** Reports as they are folded when they are settled. */
export function foldedOf(reports: readonly ReportBody[]): FoldedReports {
  return foldReports([{ layout: LAYOUT, bytes: rowsOf(columnsOf(reports)) }]);
}

/** Has reports in the observations. */
export function observe(client: ClientBase, reports: readonly ReportBody[]): Promise<void> {
  return addObservations(client, foldedOf(reports));
}

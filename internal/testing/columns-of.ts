import { appendReport, reportBatches, type ReportColumns } from '../services/columns.ts';
import type { ReportBody } from './vectors.ts';

/** Reports as the front door would put them into a batch. */
export function columnsOf(reports: readonly ReportBody[]): ReportColumns {
  const columns = reportBatches.emptyColumns();
  for (const { service_name, state, timestamp } of reports) {
    appendReport(columns, { serviceName: service_name, state, second: Math.floor(timestamp) });
  }
  return columns;
}

import type { BatchKind } from '../shards/sink.ts';
import type { GatheredReports } from './gathered-reports.ts';
import type { Report } from './report.ts';

/** Reports as columns of plain data: the same index in each of the three arrays is one report. */
export interface ReportColumns {
  readonly serviceNames: string[];
  readonly seconds: number[];
  /** True for `issue`, false for `deploy`. */
  readonly issues: boolean[];
  /** Reports of bulk requests. */
  readonly gathered: GatheredReports[];
}

/** What `GET /live` calls the services. */
export const SERVICES_TOPIC = 'services';

/** The batches of reports, gathered by the front door for the sink of the same name. */
export const reportBatches: BatchKind<ReportColumns> = {
  sink: 'reports',
  // A flush is an upsert of its services' rows: two at once of one shard would only wait for each other.
  maxInFlight: 1,
  emptyColumns: () => ({ serviceNames: [], seconds: [], issues: [], gathered: [] }),
  changes: {
    topic: SERVICES_TOPIC,
    *keysOf({ serviceNames, gathered }) {
      yield* serviceNames;
      for (const part of gathered) yield* part.serviceNames;
    },
  },
};

/** Adds one report to the columns. */
export function appendReport(columns: ReportColumns, report: Report): void {
  columns.serviceNames.push(report.serviceName);
  columns.seconds.push(report.second);
  columns.issues.push(report.state === 'issue');
}

import type { Shards } from '../shards/shards.ts';
import { appendReport, reportBatches } from './columns.ts';
import type { Report } from './report.ts';

/**
 * Returns what takes one report that is known to be valid. It resolves when the report is committed and counted, and
 * rejects with an UnavailableError if that is not known; then taking it again is safe.
 */
export function reportTaker(
  shards: Pick<Shards, 'lanes' | 'acknowledge'>,
): (report: Report) => Promise<void> {
  const lanes = shards.lanes(reportBatches);
  return async (report) => {
    const lane = lanes.of(report.serviceName);
    await shards.acknowledge(lane.append(1, (columns) => appendReport(columns, report)));
  };
}

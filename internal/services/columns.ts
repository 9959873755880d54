import type { BatchKind } from '../shards/queue.ts';
import type { GatheredReports } from './bulk/bulk-reports.ts';
import { LAYOUT, nameBytesOf, RowWriter, sizeOfRows } from './report-rows.ts';
import { SECONDS_PER_HOUR } from './hour.ts';
import type { Report } from './report.ts';

/**
 * Reports as they will be stored: bytes, not columns of names and numbers. One buffer crosses threads for a fraction of
 * what a few hundred small values cost.
 */
export interface ReportColumns {
  /** The layout, then rows; see report-rows.ts. There may be room behind them. */
  bytes: Uint8Array;
  /** How many of the bytes are written. */
  length: number;
  /** How many rows they are. */
  rows: number;
}

const FIRST_BYTES = 512;

/** What `GET /live` calls the services. */
export const SERVICES_TOPIC = 'services';

/** The batches of reports, gathered by the front door for the sink of the same name. What they change is told when they are settled. */
export const reportBatches: BatchKind<ReportColumns> = {
  sink: 'reports',
  // The next batch grows while one is written: two at once would be two commits where one would do.
  maxInFlight: 1,
  mayShare: true,
  emptyColumns() {
    const bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
    bytes[0] = LAYOUT;
    return { bytes, length: 1, rows: 0 };
  },
};

/** Adds one report to the columns. */
export function appendReport(columns: ReportColumns, { serviceName, second, state }: Report): void {
  const bytes = reserve(columns, sizeOfRows(1, nameBytesOf(serviceName), 1));
  const hour = Math.floor(second / SECONDS_PER_HOUR);
  const isIssue = state === 'issue';
  const writer = new RowWriter(bytes, columns.length);
  writer.beginRow(serviceName, hour, isIssue ? 0 : 1, isIssue ? 1 : 0);
  writer.addSecond(second - hour * SECONDS_PER_HOUR);
  columns.length = writer.at;
  columns.rows++;
}

/** Adds gathered reports to the columns. */
export function appendGathered(columns: ReportColumns, { bytes, rows }: GatheredReports): void {
  reserve(columns, bytes.length).set(bytes, columns.length);
  columns.length += bytes.length;
  columns.rows += rows;
}

/** The columns' bytes, with room for so many more. */
function reserve(columns: ReportColumns, more: number): Buffer {
  const { bytes, length } = columns;
  if (length + more > bytes.length) {
    const grown = Buffer.allocUnsafeSlow(Math.max(2 * bytes.length, length + more));
    grown.set(bytes.subarray(0, length));
    columns.bytes = grown;
  }
  return Buffer.from(columns.bytes.buffer, columns.bytes.byteOffset, columns.bytes.length);
}

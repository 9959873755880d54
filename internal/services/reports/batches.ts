import type { BatchKind } from '../../shards/queue.ts';
import type { Shards } from '../../shards/shards.ts';
import type { Sink } from '../../shards/worker.ts';
import type { GatheredReports } from '../bulk/bulk-reports.ts';
import { addPending, chooseSlot } from '../settling/pending.ts';
import { SECONDS_PER_HOUR, type ReportedState } from '../timeline.ts';
import { LAYOUT, nameBytesOf, RowWriter, sizeOfRows, toLayout1, type Layout } from './report-rows.ts';

/** "At this second I saw this service in this state." `second` is `floor(timestamp)`, in unix seconds. */
export interface Report {
  readonly serviceName: string;
  readonly state: ReportedState;
  readonly second: number;
}

/**
 * Reports as they will be stored: bytes, not columns of names and numbers. One buffer crosses threads for a fraction of
 * what a few hundred small values cost.
 */
export interface ReportColumns {
  /** Room for the layout's number, then rows, of the newest layout; see report-rows.ts. There may be room behind them. */
  bytes: Uint8Array;
  /** How many of the bytes are written. */
  length: number;
  /** How many rows they are. */
  rows: number;
  /** The layout in which they are to be stored. */
  readonly layout: Layout;
}

const FIRST_BYTES = 512;
const LAYOUT_BYTES = 1;
// Usual batches are far smaller. Ten thousand long names would hold the event loop for tens of milliseconds at a time.
const FULL_BYTES = 2 ** 19;

// To let go of less costs more than it is worth.
const LARGE_BYTES = 2 ** 14;

/** Names the sink of reports on both sides of the thread boundary. */
const REPORT_SINK = 'reports';

/**
 * The batches of reports. The service that owns them opens their lanes first and says in which layout they are to be
 * stored; whoever puts reports into them later finds those.
 */
export function reportBatches(layout: () => Layout = () => LAYOUT): BatchKind<ReportColumns> {
  return {
    sink: REPORT_SINK,
    // The next batch grows while one is written: two at once would be two commits where one would do.
    maxInFlight: 1,
    mayShare: true,
    isFull: ({ length }) => length >= FULL_BYTES,
    emptyColumns: () => ({
      bytes: Buffer.allocUnsafeSlow(FIRST_BYTES),
      length: LAYOUT_BYTES,
      rows: 0,
      layout: layout(),
    }),
  };
}

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

/**
 * Returns what takes one report that is known to be valid. It resolves when the report is committed and counted, and
 * rejects with an UnavailableError if that is not known; then taking it again is safe.
 */
export function reportTaker(
  shards: Pick<Shards, 'lanes' | 'acknowledge'>,
): (report: Report, answer?: { readonly headersSent: boolean }) => Promise<void> {
  const lanes = shards.lanes(reportBatches());
  return async (report, answer) => {
    const lane = lanes.of(report.serviceName);
    await shards.acknowledge([lane.append(1, (columns) => appendReport(columns, report))], answer);
  };
}

/** Stores batches of reports as they are, each in one row. They are a set: storing one again changes no answer. */
export function reportSink(): Sink<ReportColumns> {
  const slot = chooseSlot();
  return {
    name: REPORT_SINK,
    singleStatement: true,
    write: (client, columns) => addPending(client, slot, columns.rows, storedBytes(columns)),
    buffersOf: ({ bytes }) => (bytes.length >= LARGE_BYTES ? [bytes.buffer] : []),
  };
}

/** The layout's number and the rows, as they are stored. */
function storedBytes({ bytes, length, layout }: ReportColumns): Buffer {
  const stored = Buffer.from(bytes.buffer, bytes.byteOffset, length);
  // Only while an earlier version of the program is there, too.
  const inLayout =
    layout === LAYOUT ? stored : Buffer.concat([stored.subarray(0, 1), toLayout1(stored.subarray(1))]);
  inLayout[0] = layout;
  return inLayout;
}

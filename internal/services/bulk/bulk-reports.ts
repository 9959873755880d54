import { nameFault } from '../../frontdoor/fields.ts';
import type { FieldError } from '../../frontdoor/problem.ts';
import { shardOf, type Commit } from '../../shards/queue.ts';
import type { Shards } from '../../shards/shards.ts';
import { appendGathered, reportBatches } from '../reports/batches.ts';
import { observationFaults } from '../reports/post-event.ts';
import { MAX_SECONDS_OF_ROW, nameBytesOf, RowWriter, sizeOfRows } from '../reports/report-rows.ts';
import { SECONDS_PER_HOUR } from '../timeline.ts';
import { compiledKernel, ReportScanner, type ScannedReports, type ScanOptions } from './scanner.ts';

/**
 * Reports of one bulk request for one shard, as they will be stored: nobody between the parser and Postgres looks into
 * them. Plain data.
 */
export interface GatheredReports {
  /** How many reports it holds, repeated ones too. */
  readonly reports: number;
  /** How many rows they are: mostly one per service and hour, as a request repeats the same few services. */
  readonly rows: number;
  /** Those rows; see report-rows.ts. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The reports of one bulk request: for each shard, by its id, the parts that go there. */
export type BulkReports = readonly (readonly GatheredReports[])[];

/**
 * Checks and gathers the reports of one bulk request; see ReportGatherer of the feature that takes such requests.
 * Parts have at most `batchSize` reports.
 */
export function gatherReports(
  shards: number,
  batchSize: number,
): {
  add(serviceName: unknown, state: unknown, second: number | undefined): readonly FieldError[];
  finish(): BulkReports;
} {
  const reportsByShard = Array.from({ length: shards }, () => new ShardReports(batchSize));
  // Services whose name was checked: a request repeats the same names many times.
  const services = new Map<unknown, KnownService>();
  return {
    add(serviceName, state, second) {
      const known = services.get(serviceName) ?? learn(serviceName);
      const isIssue = state === 'issue';
      if (known === undefined || !(isIssue || state === 'deploy')) {
        return observationFaults(serviceName, state);
      }
      if (second !== undefined) known.reports.add(known, second, isIssue);
      return none;
    },
    finish: () => reportsByShard.map((reports) => reports.finish()),
  };

  function learn(serviceName: unknown): KnownService | undefined {
    if (typeof serviceName !== 'string' || nameFault(serviceName) !== undefined) return undefined;
    const reports = reportsByShard[shardOf(serviceName, shards)];
    if (reports === undefined) return undefined;
    const known = { reports, serviceName, part: 0, row: undefined, rows: undefined };
    services.set(serviceName, known);
    return known;
  }
}

/** The seconds of an hour in which a service was seen, in the order in which they came. */
interface Row {
  readonly serviceName: string;
  readonly hour: number;
  readonly deploy: number[];
  readonly issue: number[];
}

/** What a request's items said of one service so far. */
interface KnownService {
  readonly reports: ShardReports;
  readonly serviceName: string;
  /** The number of the part that its rows are in. */
  part: number;
  /** The row that was used last, as reports mostly come in order, and all rows by hour once there are several. */
  row: Row | undefined;
  rows: Map<number, Row> | undefined;
}

/** Gathers the reports of one request for one shard: part after part, each when the one before is full. */
class ShardReports {
  readonly #partSize: number;
  readonly #parts: GatheredReports[] = [];
  /** Of the part that fills. */
  #rows: Row[] = [];
  #reports = 0;

  constructor(partSize: number) {
    this.#partSize = partSize;
  }

  /** `second` is in unix seconds. */
  add(service: KnownService, second: number, isIssue: boolean): void {
    const hour = Math.floor(second / SECONDS_PER_HOUR);
    const row = this.#rowOf(service, hour);
    (isIssue ? row.issue : row.deploy).push(second - hour * SECONDS_PER_HOUR);
    if (++this.#reports === this.#partSize) this.#endPart();
  }

  /** All that was added, in order. */
  finish(): GatheredReports[] {
    if (this.#reports > 0) this.#endPart();
    return this.#parts;
  }

  #rowOf(service: KnownService, hour: number): Row {
    const part = this.#parts.length;
    if (service.part !== part) {
      service.part = part;
      service.row = service.rows = undefined;
    }
    const last = service.row;
    if (last?.hour === hour) return last;
    if (last !== undefined) (service.rows ??= new Map<number, Row>()).set(last.hour, last);
    return (service.row = service.rows?.get(hour) ?? this.#openRow(service.serviceName, hour));
  }

  #openRow(serviceName: string, hour: number): Row {
    const row = { serviceName, hour, deploy: [], issue: [] };
    this.#rows.push(row);
    return row;
  }

  #endPart(): void {
    this.#parts.push(encoded(this.#rows, this.#reports));
    this.#rows = [];
    this.#reports = 0;
  }
}

/** Rows with so many reports in all as bytes; what one row cannot hold is several. */
function encoded(rows: readonly Row[], reports: number): GatheredReports {
  let pieces = 0;
  let nameBytes = 0;
  for (const { serviceName, deploy, issue } of rows) {
    const own = Math.ceil((deploy.length + issue.length) / MAX_SECONDS_OF_ROW);
    pieces += own;
    nameBytes += own * nameBytesOf(serviceName);
  }
  // A buffer of its own, which can be moved to another thread.
  const bytes = Buffer.from(new ArrayBuffer(sizeOfRows(pieces, nameBytes, reports)));
  const writer = new RowWriter(bytes);
  for (const { serviceName, hour, deploy, issue } of rows) {
    const seconds = deploy.length + issue.length;
    for (let from = 0; from < seconds; from += MAX_SECONDS_OF_ROW) {
      const to = Math.min(seconds, from + MAX_SECONDS_OF_ROW);
      const deployTo = Math.max(from, Math.min(deploy.length, to));
      writer.beginRow(serviceName, hour, deployTo - from, to - deployTo);
      for (let at = from; at < deployTo; at++) writer.addSecond(deploy[at] ?? 0);
      for (let at = deployTo; at < to; at++) writer.addSecond(issue[at - deploy.length] ?? 0);
    }
  }
  return { reports, rows: pieces, bytes };
}

const none: readonly FieldError[] = [];
// So many for one shard are more than usual bodies have, and few enough that a batch stays small whatever their names are.
const MOST_OF_PART = 3000;

/**
 * How the reports of bulk requests are gathered, for the feature that takes those; for one thread. Where items are reports
 * and alike they need not be read one by one.
 */
export function bulkReports(): {
  begin: typeof gatherReports;
  scan(body: Buffer, options: ScanOptions): ScannedReports | undefined;
  buffersOf(reports: BulkReports): ArrayBuffer[];
} {
  const kernel = compiledKernel();
  const scanner = kernel && new ReportScanner(kernel);
  return {
    begin: (shards, batchSize) => gatherReports(shards, Math.min(batchSize, MOST_OF_PART)),
    scan: (body, options) =>
      scanner?.scan(body, { ...options, batchSize: Math.min(options.batchSize, MOST_OF_PART) }),
    // Parts that were scanned share one buffer.
    buffersOf: (reports) => [...new Set(reports.flatMap((parts) => parts.map(({ bytes }) => bytes.buffer)))],
  };
}

/** Queues gathered reports in the lanes of their shards; see ReportIntake of the feature that takes such requests. */
export function reportIntake(shards: Pick<Shards, 'lanes'>): {
  requireRoom(reports: BulkReports): readonly number[];
  append(reports: BulkReports): Commit[];
} {
  const lanes = shards.lanes(reportBatches());
  return {
    requireRoom: (reports) =>
      reports.map((parts, shardId) => {
        const events = parts.reduce((sum, part) => sum + part.reports, 0);
        if (events > 0) lanes.at(shardId).requireRoom(events);
        return events;
      }),
    append: (reports) =>
      reports.flatMap((parts, shardId) =>
        parts.map((part) =>
          lanes.at(shardId).append(part.reports, (columns) => appendGathered(columns, part)),
        ),
      ),
  };
}

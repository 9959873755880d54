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

/** What a request's items said of one service so far. */
interface Known {
  readonly groups: ReportGroups;
  /** The row that was used last, as reports mostly come in order, and all rows by hour once there are several. */
  hour: number;
  row: number;
  rows: Map<number, number> | undefined;
}

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
  const groupsByShard = Array.from({ length: shards }, () => new ReportGroups());
  // Services whose name was checked: a request repeats the same names many times.
  const services = new Map<unknown, Known>();
  return {
    add(serviceName, state, second) {
      const known = services.get(serviceName) ?? learn(serviceName);
      const isIssue = state === 'issue';
      if (known === undefined || typeof serviceName !== 'string' || !(isIssue || state === 'deploy')) {
        return observationFaults(serviceName, state);
      }
      if (second === undefined) return none;
      const hour = Math.floor(second / SECONDS_PER_HOUR);
      if (hour !== known.hour) turnTo(known, serviceName, hour);
      known.groups.add(known.row, second, isIssue);
      return none;
    },
    finish: () => groupsByShard.map((groups) => groups.parts(batchSize)),
  };

  function learn(serviceName: unknown): Known | undefined {
    if (typeof serviceName !== 'string' || nameFault(serviceName) !== undefined) return undefined;
    const groups = groupsByShard[shardOf(serviceName, shards)];
    if (groups === undefined) return undefined;
    const known: Known = { groups, hour: -1, row: -1, rows: undefined };
    services.set(serviceName, known);
    return known;
  }
}

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
    begin: gatherReports,
    scan: (body, options) => scanner?.scan(body, options),
    // Parts that were scanned share one buffer.
    buffersOf: (reports) => [...new Set(reports.flatMap((parts) => parts.map(({ bytes }) => bytes.buffer)))],
  };
}

/** Queues gathered reports in the lanes of their shards. */
export function reportIntake(shards: Pick<Shards, 'lanes'>): {
  loads(reports: BulkReports): readonly number[];
  requireRoom(reports: BulkReports): void;
  append(reports: BulkReports): Commit[];
} {
  const lanes = shards.lanes(reportBatches());
  const loads = (reports: BulkReports) =>
    reports.map((parts) => parts.reduce((sum, part) => sum + part.reports, 0));
  return {
    loads,
    requireRoom(reports) {
      for (const [shardId, events] of loads(reports).entries()) {
        if (events > 0) lanes.at(shardId).requireRoom(events);
      }
    },
    append: (reports) =>
      reports.flatMap((parts, shardId) =>
        parts.map((part) =>
          lanes.at(shardId).appendWhole(part.reports, (columns) => appendGathered(columns, part)),
        ),
      ),
  };
}

function turnTo(known: Known, serviceName: string, hour: number): void {
  if (known.hour >= 0) (known.rows ??= new Map<number, number>()).set(known.hour, known.row);
  const row = known.rows?.get(hour) ?? known.groups.openRow(serviceName, hour);
  known.hour = hour;
  known.row = row;
}

const none: readonly FieldError[] = [];

/** Gathers the reports of one request for one shard. */
class ReportGroups {
  /** Per report: twice its row, plus one for `issue`; and its second of the hour. */
  readonly #groups: number[] = [];
  readonly #seconds: number[] = [];
  readonly #serviceNames: string[] = [];
  readonly #hours: number[] = [];

  /** Opens the row of a service's hour, and returns its number. */
  openRow(serviceName: string, hour: number): number {
    this.#serviceNames.push(serviceName);
    return this.#hours.push(hour) - 1;
  }

  /** Adds a report to a row that is open. `second` is in unix seconds. */
  add(row: number, second: number, isIssue: boolean): void {
    this.#groups.push(2 * row + (isIssue ? 1 : 0));
    this.#seconds.push(second % SECONDS_PER_HOUR);
  }

  /** All that was added, in parts of at most `partSize` reports, in order. */
  parts(partSize: number): GatheredReports[] {
    if (this.#groups.length === 0) return [];
    if (this.#groups.length <= partSize) return [this.#encoded()];
    const parts: GatheredReports[] = [];
    for (let from = 0; from < this.#groups.length; from += partSize) {
      parts.push(this.#slice(from, Math.min(this.#groups.length, from + partSize)).#encoded());
    }
    return parts;
  }

  /** The reports [from, to), with no rows but their own. */
  #slice(from: number, to: number): ReportGroups {
    const slice = new ReportGroups();
    const rows = new Map<number, number>();
    for (let index = from; index < to; index++) {
      const group = this.#groups[index] ?? 0;
      const row = Math.floor(group / 2);
      let newRow = rows.get(row);
      if (newRow === undefined) {
        rows.set(row, (newRow = slice.openRow(this.#serviceNames[row] ?? '', this.#hours[row] ?? 0)));
      }
      slice.add(newRow, this.#seconds[index] ?? 0, group % 2 === 1);
    }
    return slice;
  }

  #encoded(): GatheredReports {
    const { seconds, ends } = this.#grouped();
    let rows = 0;
    let nameBytes = 0;
    for (let row = 0, at = 0; row < this.#hours.length; row++) {
      const deployEnd = ends[2 * row] ?? at;
      const issueEnd = ends[2 * row + 1] ?? deployEnd;
      const pieces = piecesOf(deployEnd - at, issueEnd - deployEnd);
      rows += pieces;
      nameBytes += pieces * nameBytesOf(this.#serviceNames[row] ?? '');
      at = issueEnd;
    }
    // A buffer of its own, which can be moved to another thread.
    const bytes = Buffer.from(new ArrayBuffer(sizeOfRows(rows, nameBytes, this.#groups.length)));
    const writer = new RowWriter(bytes);
    let at = 0;
    for (let row = 0; row < this.#hours.length; row++) {
      const deployEnd = ends[2 * row] ?? at;
      const issueEnd = ends[2 * row + 1] ?? deployEnd;
      do {
        const deploy = Math.min(MAX_SECONDS_OF_ROW, Math.max(0, deployEnd - at));
        const issue = Math.min(MAX_SECONDS_OF_ROW - deploy, issueEnd - at - deploy);
        writer.beginRow(this.#serviceNames[row] ?? '', this.#hours[row] ?? 0, deploy, issue);
        for (const end = at + deploy + issue; at < end; at++) writer.addSecond(seconds[at] ?? 0);
      } while (at < issueEnd);
    }
    return { reports: this.#groups.length, rows, bytes };
  }

  /**
   * Sorts the reports by group, by counting: the seconds of row 0 seen as `deploy`, then as `issue`, then those of
   * row 1, …; and where each of these groups ends.
   */
  #grouped(): { seconds: number[]; ends: number[] } {
    const ends = new Array<number>(2 * this.#hours.length).fill(0);
    for (const group of this.#groups) count(ends, group);
    let end = 0;
    for (let group = 0; group < ends.length; group++) {
      const reports = ends[group] ?? 0;
      ends[group] = end;
      end += reports;
    }
    const seconds = new Array<number>(this.#groups.length).fill(0);
    for (let index = 0; index < this.#groups.length; index++) {
      // While it is filled, a group's end moves from where it begins to where it ends.
      seconds[count(ends, this.#groups[index] ?? 0)] = this.#seconds[index] ?? 0;
    }
    return { seconds, ends };
  }
}

/** How many rows it takes to hold so many reports of one service's hour. */
function piecesOf(deploy: number, issue: number): number {
  return Math.max(1, Math.ceil((deploy + issue) / MAX_SECONDS_OF_ROW));
}

/** Adds one to an entry, and returns what it was. */
function count(counts: number[], entry: number): number {
  const before = counts[entry] ?? 0;
  counts[entry] = before + 1;
  return before;
}

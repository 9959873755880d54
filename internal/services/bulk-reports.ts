import { nameFault } from '../frontdoor/fields.ts';
import type { FieldError } from '../frontdoor/problem.ts';
import type { Commit } from '../shards/batch.ts';
import { shardOf } from '../shards/hash.ts';
import type { Shards } from '../shards/shards.ts';
import { appendGathered, reportBatches } from './columns.ts';
import { ReportGroups, type GatheredReports } from './gathered-reports.ts';
import { SECONDS_PER_HOUR } from './hour.ts';
import { reportedStateFault } from './report.ts';

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
        return faultsOf(serviceName, state);
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

/** How the reports of bulk requests are gathered, for the feature that takes those. */
export const bulkReports = {
  begin: gatherReports,
  buffersOf: (reports: BulkReports) => reports.flatMap((parts) => parts.map(({ bytes }) => bytes.buffer)),
};

function turnTo(known: Known, serviceName: string, hour: number): void {
  if (known.hour >= 0) (known.rows ??= new Map<number, number>()).set(known.hour, known.row);
  const row = known.rows?.get(hour) ?? known.groups.openRow(serviceName, hour);
  known.hour = hour;
  known.row = row;
}

/** Queues gathered reports in the lanes of their shards. */
export function reportIntake(shards: Pick<Shards, 'lanes'>): {
  loads(reports: BulkReports): readonly number[];
  requireRoom(reports: BulkReports): void;
  append(reports: BulkReports): Commit[];
} {
  const lanes = shards.lanes(reportBatches);
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

const none: readonly FieldError[] = [];

function faultsOf(serviceName: unknown, state: unknown): FieldError[] {
  const faults: FieldError[] = [];
  const serviceNameFault = nameFault(serviceName);
  if (serviceNameFault !== undefined) faults.push({ field: 'service_name', message: serviceNameFault });
  const stateFault = reportedStateFault(state);
  if (stateFault !== undefined) faults.push({ field: 'state', message: stateFault });
  return faults;
}

import type { FieldError } from '../frontdoor/problem.ts';
import type { Commit } from '../shards/batch.ts';
import { shardOf } from '../shards/hash.ts';
import type { Shards } from '../shards/shards.ts';
import { reportBatches, type ReportColumns } from './columns.ts';
import { reportedStateFault, serviceNameFault } from './report.ts';

/** The reports of one bulk request, by shard id. */
export type BulkReports = readonly ReportColumns[];

/** Checks and gathers the reports of one bulk request; see ReportGatherer of the feature that takes such requests. */
export function gatherReports(shards: number): {
  add(serviceName: unknown, state: unknown, second: number | undefined): readonly FieldError[];
  readonly reports: BulkReports;
} {
  const reports = Array.from({ length: shards }, () => reportBatches.emptyColumns());
  // Names that were checked, with their shard's columns: a request repeats the same names many times.
  const known = new Map<unknown, ReportColumns>();
  return {
    reports,
    add(serviceName, state, second) {
      const columns = known.get(serviceName) ?? columnsOf(serviceName);
      const isReport = state === 'deploy' || state === 'issue';
      if (columns === undefined || !isReport || typeof serviceName !== 'string') {
        return faultsOf(serviceName, state);
      }
      if (second !== undefined) {
        columns.serviceNames.push(serviceName);
        columns.seconds.push(second);
        columns.issues.push(state === 'issue');
      }
      return none;
    },
  };

  function columnsOf(serviceName: unknown): ReportColumns | undefined {
    if (typeof serviceName !== 'string' || serviceNameFault(serviceName) !== undefined) return undefined;
    const columns = reports[shardOf(serviceName, shards)];
    if (columns !== undefined) known.set(serviceName, columns);
    return columns;
  }
}

/** Queues gathered reports in the lanes of their shards. */
export function reportIntake(shards: Pick<Shards, 'lanes'>): {
  loads(reports: BulkReports): readonly number[];
  append(reports: BulkReports): Commit[];
} {
  const lanes = shards.lanes(reportBatches);
  return {
    loads: (reports) => reports.map(({ seconds }) => seconds.length),
    append: (reports) =>
      reports.flatMap(({ serviceNames, seconds, issues }, shardId) =>
        lanes.at(shardId).append(seconds.length, (columns, from, to) => {
          for (let index = from; index < to; index++) {
            columns.serviceNames.push(serviceNames[index] ?? '');
            columns.seconds.push(seconds[index] ?? 0);
            columns.issues.push(issues[index] ?? false);
          }
        }),
      ),
  };
}

const none: readonly FieldError[] = [];

function faultsOf(serviceName: unknown, state: unknown): FieldError[] {
  const faults: FieldError[] = [];
  const nameFault = serviceNameFault(serviceName);
  if (nameFault !== undefined) faults.push({ field: 'service_name', message: nameFault });
  const stateFault = reportedStateFault(state);
  if (stateFault !== undefined) faults.push({ field: 'state', message: stateFault });
  return faults;
}

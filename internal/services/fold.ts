import type { ReportColumns } from './columns.ts';
import type { GatheredReports } from './gathered-reports.ts';
import { SECONDS_PER_HOUR } from './hour.ts';
import { formatMultirange } from './multirange.ts';

/** A batch folded to one row per service and hour, as columns ready for `unnest`, sorted by service and hour. */
export interface FoldedReports {
  readonly serviceNames: string[];
  readonly hours: number[];
  /** Multirange literals of seconds of the hour. */
  readonly deploy: string[];
  readonly issue: string[];
}

interface Row {
  readonly serviceName: string;
  readonly hour: number;
  readonly deploy: number[];
  readonly issue: number[];
}

/**
 * Folds reports to rows. One upsert may name a key only once (SQLSTATE 21000), and rows in key order keep concurrent
 * flushes of several processes from deadlocking: `"C"` collation orders by UTF-8 bytes, that is by code points.
 */
export function foldReports(columns: ReportColumns): FoldedReports {
  const rows = [...gather(columns)].sort(byKey);
  return {
    serviceNames: rows.map((row) => row.serviceName),
    hours: rows.map((row) => row.hour),
    deploy: rows.map((row) => formatMultirange(row.deploy)),
    issue: rows.map((row) => formatMultirange(row.issue)),
  };
}

/** All rows of a batch, in any order; each names its service and hour once. */
function gather(columns: ReportColumns): Iterable<Row> {
  const rows = new Rows();
  const { serviceNames, seconds, issues } = columns;
  serviceNames.forEach((serviceName, index) => {
    const second = seconds[index] ?? 0;
    const hour = Math.floor(second / SECONDS_PER_HOUR);
    const row = rows.of(serviceName, hour);
    (issues[index] === true ? row.issue : row.deploy).push(second - hour * SECONDS_PER_HOUR);
  });
  for (const gathered of columns.gathered) addGathered(rows, gathered);
  return rows.all();
}

function addGathered(rows: Rows, { serviceNames, hours, seconds, ends }: GatheredReports): void {
  let at = 0;
  serviceNames.forEach((serviceName, index) => {
    const deployEnd = ends[2 * index] ?? at;
    const issueEnd = ends[2 * index + 1] ?? at;
    if (issueEnd === at) return;
    const row = rows.of(serviceName, hours[index] ?? 0);
    for (; at < deployEnd; at++) row.deploy.push(seconds[at] ?? 0);
    for (; at < issueEnd; at++) row.issue.push(seconds[at] ?? 0);
  });
}

/** Rows by service and hour. */
class Rows {
  readonly #byService = new Map<string, Map<number, Row>>();

  of(serviceName: string, hour: number): Row {
    let hours = this.#byService.get(serviceName);
    if (hours === undefined) this.#byService.set(serviceName, (hours = new Map<number, Row>()));
    let row = hours.get(hour);
    if (row === undefined) hours.set(hour, (row = { serviceName, hour, deploy: [], issue: [] }));
    return row;
  }

  *all(): Iterable<Row> {
    for (const hours of this.#byService.values()) yield* hours.values();
  }
}

function byKey(a: Row, b: Row): number {
  return a.serviceName === b.serviceName ? a.hour - b.hour : compareCodePoints(a.serviceName, b.serviceName);
}

/** Orders as UTF-8 bytes do; UTF-16 units differ from it where surrogates meet U+E000–U+FFFF. */
function compareCodePoints(a: string, b: string): number {
  let index = 0;
  while (index < a.length && a.charCodeAt(index) === b.charCodeAt(index)) index++;
  return rank(a.charCodeAt(index)) - rank(b.charCodeAt(index));
}

function rank(unit: number): number {
  if (Number.isNaN(unit)) return -1; // The end of the shorter name.
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

import { SecondSet } from './multirange.ts';
import { readRows, readSeconds, type SecondsOfRow, type StoredRows } from './report-rows.ts';

/** Reports folded to one row per service and hour, as columns ready for `unnest`, sorted by service and hour. */
export interface FoldedReports {
  readonly serviceNames: string[];
  readonly hours: number[];
  /** Multirange literals of seconds of the hour. */
  readonly deploy: string[];
  readonly issue: string[];
}

/** One service's hour, with the part of its reports that was read last; each part knows the one before. */
interface Row {
  readonly serviceName: string;
  readonly hour: number;
  lastPart: number;
}

/**
 * Folds reports, given as rows of report-rows.ts. One upsert may name a key only once (SQLSTATE 21000), and rows in
 * key order keep those who settle at once from deadlocking: `"C"` collation orders by UTF-8 bytes, that is by code points.
 */
export function foldReports(batches: readonly StoredRows[]): FoldedReports {
  // Hour by hour: most batches hold one or two.
  const byHour = new Map<number, Map<string, Row>>();
  // Columns instead of an object per part: there can be a hundred thousand, and all of them are garbage soon.
  const parts = new Parts();
  for (const { layout, bytes } of batches) {
    readRows(bytes, layout, (key, hour, nameOf, seconds) => {
      let byKey = byHour.get(hour);
      if (byKey === undefined) byHour.set(hour, (byKey = new Map<string, Row>()));
      let row = byKey.get(key);
      if (row === undefined) byKey.set(key, (row = { serviceName: nameOf(), hour, lastPart: -1 }));
      row.lastPart = parts.add(bytes, seconds, row.lastPart);
    });
  }
  const rows = [...byHour.values()].flatMap((byKey) => [...byKey.values()]).sort(inOrder);
  const folded: FoldedReports = { serviceNames: [], hours: [], deploy: [], issue: [] };
  const [deploy, issue] = [new SecondSet(), new SecondSet()];
  for (const { serviceName, hour, lastPart } of rows) {
    parts.collect(lastPart, deploy, issue);
    folded.serviceNames.push(serviceName);
    folded.hours.push(hour);
    folded.deploy.push(deploy.takeMultirange());
    folded.issue.push(issue.takeMultirange());
  }
  return folded;
}

/** Where the seconds of rows are that were read. */
class Parts {
  readonly #bytes: Buffer[] = [];
  readonly #deployAt: number[] = [];
  readonly #issueAt: number[] = [];
  readonly #end: number[] = [];
  readonly #before: number[] = [];

  /** Returns the part's number; `before` is that of another part of the same row, or -1. */
  add(bytes: Buffer, { deployAt, issueAt, end }: SecondsOfRow, before: number): number {
    this.#bytes.push(bytes);
    this.#deployAt.push(deployAt);
    this.#issueAt.push(issueAt);
    this.#end.push(end);
    return this.#before.push(before) - 1;
  }

  /** Adds the seconds of a part, and of all before it, to the sets of their states. */
  collect(last: number, deploy: SecondSet, issue: SecondSet): void {
    for (let part = last; part >= 0; part = this.#before[part] ?? -1) {
      const bytes = this.#bytes[part];
      const issueAt = this.#issueAt[part] ?? 0;
      if (bytes === undefined) break;
      readSeconds(bytes, this.#deployAt[part] ?? 0, issueAt, deploy);
      readSeconds(bytes, issueAt, this.#end[part] ?? 0, issue);
    }
  }
}

function inOrder(a: Row, b: Row): number {
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

import { SECONDS_PER_HOUR } from './hour.ts';
import { MAX_SECONDS_OF_ROW, nameBytesOf, RowWriter, sizeOfRows } from './report-rows.ts';

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

/** Gathers the reports of one request for one shard. */
export class ReportGroups {
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

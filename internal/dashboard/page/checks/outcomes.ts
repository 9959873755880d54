import type { CheckedTarget } from '../live/topics.ts';

// They are columns even while they did not occur: what is not there should be seen not to be.
const always = ['200', '500'];
// No answer came: the rest are status codes.
const isCode = (outcome: string) => /^\d{3}$/.test(outcome);

/** What a target's last five minutes came to: checks without a response, and of each status code. */
export interface OutcomeRow {
  readonly target: string;
  readonly noResponse: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly total: number;
  readonly failurePercent: number | null;
  readonly last: CheckedTarget['last'];
  readonly failed: boolean;
  /** Whether the next check after the latest should have come long ago. */
  readonly overdue: boolean;
}

/** The status codes that are columns, and a row for each target, the worst first. */
export function outcomeTable(targets: ReadonlyMap<string, CheckedTarget>): {
  readonly codes: readonly string[];
  readonly rows: readonly OutcomeRow[];
} {
  const codes = new Set(always);
  const rows = Array.from(targets, ([target, { last, failed, summary, overdue }]): OutcomeRow => {
    let noResponse = 0;
    for (const [outcome, count] of Object.entries(summary.counts)) {
      if (isCode(outcome)) codes.add(outcome);
      else noResponse += count;
    }
    const { counts, total } = summary;
    // Nothing was checked, so nothing was well either.
    const failurePercent = total === 0 ? null : summary.failure_percent;
    return { target, noResponse, counts, total, failurePercent, last, failed, overdue };
  });
  rows.sort(
    (a, b) =>
      (b.failurePercent ?? -1) - (a.failurePercent ?? -1) ||
      Number(b.overdue) - Number(a.overdue) ||
      (a.target < b.target ? -1 : 1),
  );
  return { codes: [...codes].sort(), rows };
}

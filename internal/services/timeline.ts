/**
 * Rules 2–4 of the timeline (docs/architecture.md): from the seconds in which a service was seen in each state to
 * its intervals and its state now. Pure, and imports nothing, so that it can be read and tested on its own.
 *
 * All times are whole unix seconds. Rule 1 is applied here too: a second seen in both states is `issue`.
 */

/** What a report says; `idle` is never reported, it is the absence of reports. */
export type ReportedState = 'deploy' | 'issue';

/** The seconds `start <= second < end`. */
export interface SecondRange {
  readonly start: number;
  readonly end: number;
}

/** The seconds in which each state was reported: sorted, disjoint ranges. */
export interface ObservedSeconds {
  readonly deploy: readonly SecondRange[];
  readonly issue: readonly SecondRange[];
}

/** A maximal stretch of one state: from its first second to one second after its last. */
export interface Interval extends SecondRange {
  readonly state: ReportedState;
}

/** How far apart two seconds of one interval may be, and how late a report may come. */
export interface TimelineRules {
  readonly gapSeconds: number;
  readonly maxDelaySeconds: number;
}

/** The intervals of one service, oldest first. */
export function intervalsOf(observed: ObservedSeconds, gapSeconds: number): Interval[] {
  const { issue } = observed;
  const deploy = subtract(observed.deploy, issue);
  const intervals: Interval[] = [];
  for (let nextDeploy = 0, nextIssue = 0; ;) {
    const deployRun = deploy[nextDeploy];
    const issueRun = issue[nextIssue];
    const isDeploy = deployRun !== undefined && (issueRun === undefined || deployRun.start < issueRun.start);
    const run = isDeploy ? deployRun : issueRun;
    if (run === undefined) return intervals;
    if (isDeploy) nextDeploy++;
    else nextIssue++;
    const next: Interval = { state: isDeploy ? 'deploy' : 'issue', start: run.start, end: run.end };
    const last = intervals.at(-1);
    if (last !== undefined && areOne(last, next, gapSeconds)) {
      intervals[intervals.length - 1] = { state: last.state, start: last.start, end: next.end };
    } else {
      intervals.push(next);
    }
  }
}

/** Rule 2: whether an interval goes on as a later one, between which nothing was observed. */
export function areOne(earlier: Interval, later: Interval, gapSeconds: number): boolean {
  // `end` is one past the last second, so neighbours that are `gapSeconds` apart have gapSeconds - 1 between.
  return earlier.state === later.state && later.start - earlier.end < gapSeconds;
}

/** Whether the newest interval is ongoing: a report that would continue it could still be on its way. */
export function isOngoing(newest: Interval, nowSeconds: number, rules: TimelineRules): boolean {
  return nowSeconds < newest.end + rules.gapSeconds - 1 + rules.maxDelaySeconds;
}

/** The state a service is in, and since when, from its newest interval. */
export function stateAt(
  newest: Interval,
  nowSeconds: number,
  rules: TimelineRules,
): { state: ReportedState | 'idle'; since: number } {
  return isOngoing(newest, nowSeconds, rules)
    ? { state: newest.state, since: newest.start }
    : { state: 'idle', since: newest.end };
}

/** What is in `ranges` and not in `holes`; both sorted and disjoint. */
function subtract(ranges: readonly SecondRange[], holes: readonly SecondRange[]): readonly SecondRange[] {
  if (holes.length === 0) return ranges;
  const left: SecondRange[] = [];
  let next = 0;
  for (const range of ranges) {
    let start = range.start;
    // A hole that ends before this range ends before all later ones too.
    while ((holes[next]?.end ?? Infinity) <= start) next++;
    for (let index = next; start < range.end; index++) {
      const hole = holes[index];
      if (hole === undefined || hole.start >= range.end) {
        left.push({ start, end: range.end });
        break;
      }
      if (hole.start > start) left.push({ start, end: hole.start });
      start = hole.end;
    }
  }
  return left;
}

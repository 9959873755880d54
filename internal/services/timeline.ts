/**
 * Rules 2–4 of the timeline (docs/architecture.md): from the seconds in which a service was seen in each state, which are
 * kept by the hour, to its intervals and its state now. Pure, and imports nothing, so that it can be read and tested on
 * its own.
 *
 * All times are whole unix seconds. Rule 1 is applied here too: a second seen in both states is `issue`.
 */

/** Observations are kept by the hour: `floor(unix seconds / SECONDS_PER_HOUR)`. */
export const SECONDS_PER_HOUR = 3600;

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

/** How long ago what is seen may still change, in seconds: a report that is late may be one interval with what was a gap before it. */
export function provisionalSeconds({ gapSeconds, maxDelaySeconds }: TimelineRules): number {
  return gapSeconds - 1 + maxDelaySeconds;
}

/** Whether the newest interval is ongoing: a report that would continue it could still be on its way. */
export function isOngoing(newest: Interval, nowSeconds: number, rules: TimelineRules): boolean {
  return nowSeconds < newest.end + provisionalSeconds(rules);
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

/** What was observed by either of two, such as in the database and still on the way there. */
export function unionOf(one: ObservedSeconds, other: ObservedSeconds): ObservedSeconds {
  return { deploy: unionOfRanges(one.deploy, other.deploy), issue: unionOfRanges(one.issue, other.issue) };
}

function unionOfRanges(one: readonly SecondRange[], other: readonly SecondRange[]): readonly SecondRange[] {
  if (other.length === 0) return one;
  if (one.length === 0) return other;
  const union: SecondRange[] = [];
  for (const { start, end } of [...one, ...other].sort((a, b) => a.start - b.start)) {
    const last = union.at(-1);
    if (last === undefined || start > last.end) union.push({ start, end });
    else if (end > last.end) union[union.length - 1] = { start: last.start, end };
  }
  return union;
}

/** One hour of one service, its seconds in unix seconds. */
export interface ObservedHour {
  readonly serviceName: string;
  /** `floor(unix seconds / 3600)`. */
  readonly hour: number;
  readonly observed: ObservedSeconds;
}

/** What was known of a service at a full hour. Its hours before that need not be read again to say since when. */
export interface Checkpoint {
  /** It stands for the hours before this one. */
  readonly hour: number;
  /** The newest interval by those hours. */
  readonly interval: Interval;
}

/**
 * From a service's hours to its intervals, newest first: hours are taken from the newest to the oldest, some at a time, and
 * an interval is told once nothing older can change it. What lasted up to the checkpoint is taken from there. Pure.
 */
export class Backwards {
  readonly #gapSeconds: number;
  #checkpoint: Checkpoint | undefined;
  /** The oldest interval so far, which may have begun before all that was taken. */
  #oldest: Interval | undefined;
  /** What is from this second on is known. */
  #knownFrom = Infinity;

  /** The checkpoint must have been made with this gap, of hours that have not changed since. */
  constructor(gapSeconds: number, checkpoint?: Checkpoint) {
    this.#gapSeconds = gapSeconds;
    this.#checkpoint = checkpoint;
  }

  /** The hour before which is to be read next, if all from `fromHour` on was taken. */
  nextBefore(fromHour: number): number {
    return Math.min(fromHour, Math.ceil(this.#knownFrom / SECONDS_PER_HOUR));
  }

  /**
   * Takes hours, given oldest first, of which nothing was taken before `fromSecond`, be that within an hour: what is
   * before it, and what is known already, does not count. From `fromSecond` on there are no others. Returns the intervals
   * that are final now, newest first.
   */
  take(hours: readonly ObservedHour[], fromSecond: number): Interval[] {
    const found: Interval[] = [];
    let rest = hours;
    const checkpoint = this.#checkpoint;
    if (checkpoint !== undefined && fromSecond <= checkpoint.hour * SECONDS_PER_HOUR) {
      this.#checkpoint = undefined;
      const later = concatenate(hours.filter(({ hour }) => hour >= checkpoint.hour));
      this.#takeObserved(within(fromSecond, this.#knownFrom, later), found);
      this.#takeInterval(checkpoint.interval, found);
      // It is the newest of its hours as a whole: what came before is none of it.
      found.push(...this.end());
      this.#knownFrom = checkpoint.interval.start;
      rest = hours.filter(({ hour }) => hour < checkpoint.hour);
    }
    this.#takeObserved(within(fromSecond, this.#knownFrom, concatenate(rest)), found);
    // Hours that are older as a whole need no cutting.
    if (fromSecond % SECONDS_PER_HOUR !== 0) this.#knownFrom = Math.min(this.#knownFrom, fromSecond);
    if (this.#oldest !== undefined && !this.#mayGrow(this.#oldest, fromSecond)) found.push(...this.end());
    return found;
  }

  /** Tells what is left, once there is nothing older. */
  end(): Interval[] {
    const last = this.#oldest;
    this.#oldest = undefined;
    return last === undefined ? [] : [last];
  }

  #takeObserved(observed: ObservedSeconds, found: Interval[]): void {
    const earlier = intervalsOf(observed, this.#gapSeconds);
    for (let index = earlier.length - 1; index >= 0; index--) {
      const interval = earlier[index];
      if (interval !== undefined) this.#takeInterval(interval, found);
    }
  }

  #takeInterval(earlier: Interval, found: Interval[]): void {
    const later = this.#oldest;
    if (later !== undefined && areOne(earlier, later, this.#gapSeconds)) {
      this.#oldest = { ...later, start: earlier.start };
      return;
    }
    if (later !== undefined) found.push(later);
    this.#oldest = earlier;
  }

  /** Whether something before that second could belong to the interval. */
  #mayGrow({ start }: Interval, second: number): boolean {
    return start - second < this.#gapSeconds;
  }
}

/** Hours in order, oldest first, as one history. Ranges that touch at a full hour need no joining: the timeline does. */
export function concatenate(hours: readonly ObservedHour[]): ObservedSeconds {
  const [only] = hours;
  if (only !== undefined && hours.length === 1) return only.observed;
  return {
    deploy: hours.flatMap(({ observed }) => observed.deploy),
    issue: hours.flatMap(({ observed }) => observed.issue),
  };
}

/** What was observed from one second up to before another one. */
function within(fromSecond: number, beforeSecond: number, observed: ObservedSeconds): ObservedSeconds {
  const isWhole = beforeSecond === Infinity && fromSecond % SECONDS_PER_HOUR === 0;
  if (isWhole) return observed;
  const cut = (ranges: readonly SecondRange[]) =>
    ranges
      .filter(({ start, end }) => start < beforeSecond && end > fromSecond)
      .map(({ start, end }) => ({ start: Math.max(start, fromSecond), end: Math.min(end, beforeSecond) }));
  return { deploy: cut(observed.deploy), issue: cut(observed.issue) };
}

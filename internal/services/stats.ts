import type { Interval } from './timeline.ts';

/** What is asked of a service's history; all in unix seconds. */
export interface StatsSpan {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** What ends later may still go on: `to`, or what late reports can change. */
  readonly overBy: number;
  /** An issue at most so long after a deploy's end is that deploy's. */
  readonly withinSeconds: number;
}

/** Figures of one service in one span. Null: there is nothing to tell it from. Durations in seconds. */
export interface ServiceStats {
  /** Shares of the span, which add up to 1. */
  readonly timeShare: { readonly deploy: number; readonly issue: number; readonly idle: number };
  /** Intervals that begin in the span. */
  readonly intervals: { readonly deploy: number; readonly issue: number };
  readonly meanIssueSeconds: number | null;
  readonly longestIssueSeconds: number | null;
  readonly deploysPerDay: number;
  readonly changeFailureRate: number | null;
  /** Mean, from the start to the end of the issues that are a deploy's. */
  readonly timeToRestoreSeconds: number | null;
}

/** Why an interval does not count for durations, or a deploy for the change failure rate. */
export type Exclusion = 'begins before the span' | 'not over in the span' | 'too recent to be judged';

const DAY_SECONDS = 86_400;

/**
 * Tells the figures of one service from its intervals, given oldest first. Holds no more than the last deploy, however
 * many there are. The rules in words: {@link STATS_RULES}.
 */
export class StatsTally {
  readonly #span: StatsSpan;
  readonly #exclude: (interval: Interval, reason: Exclusion) => void;
  readonly #seconds = { deploy: 0, issue: 0 };
  readonly #intervals = { deploy: 0, issue: 0 };
  readonly #issues = new Durations();
  readonly #restores = new Durations();
  /** The last deploy that begins in the span and has no issue yet. */
  #unjudged: Interval | undefined;
  #failedDeploys = 0;
  #judgedDeploys = 0;

  /** `exclude` is told of each interval that does not count for everything. */
  constructor(span: StatsSpan, exclude: (interval: Interval, reason: Exclusion) => void) {
    this.#span = span;
    this.#exclude = exclude;
  }

  add(interval: Interval): void {
    const { from, to } = this.#span;
    const { state } = interval;
    this.#seconds[state] += Math.max(0, Math.min(interval.end, to) - Math.max(interval.start, from));
    if (interval.end <= from || interval.start >= to) return;
    if (interval.start < from) {
      this.#exclude(interval, 'begins before the span');
      return;
    }
    this.#intervals[state]++;
    if (state === 'deploy') this.#addDeploy(interval);
    else this.#addIssue(interval);
  }

  /** Called once, after the last interval. */
  stats(): ServiceStats {
    this.#judgeLast();
    const { from, to } = this.#span;
    const length = to - from;
    const { deploy, issue } = this.#seconds;
    return {
      timeShare: { deploy: deploy / length, issue: issue / length, idle: (length - deploy - issue) / length },
      intervals: this.#intervals,
      meanIssueSeconds: this.#issues.mean,
      longestIssueSeconds: this.#issues.longest,
      deploysPerDay: (this.#intervals.deploy * DAY_SECONDS) / length,
      changeFailureRate: this.#judgedDeploys === 0 ? null : this.#failedDeploys / this.#judgedDeploys,
      timeToRestoreSeconds: this.#restores.mean,
    };
  }

  #addDeploy(deploy: Interval): void {
    // The one before it had no issue before this one began; later issues are this one's.
    if (this.#unjudged !== undefined) this.#judgedDeploys++;
    this.#unjudged = deploy;
  }

  #addIssue(issue: Interval): void {
    const isOver = issue.end <= this.#span.overBy;
    if (isOver) this.#issues.add(issue.end - issue.start);
    else this.#exclude(issue, 'not over in the span');
    const deploy = this.#unjudged;
    if (deploy === undefined || issue.start - deploy.end > this.#span.withinSeconds) return;
    this.#unjudged = undefined;
    this.#judgedDeploys++;
    this.#failedDeploys++;
    if (isOver) this.#restores.add(issue.end - issue.start);
  }

  #judgeLast(): void {
    const deploy = this.#unjudged;
    if (deploy === undefined) return;
    if (deploy.end + this.#span.withinSeconds < this.#span.overBy) this.#judgedDeploys++;
    else this.#exclude(deploy, 'too recent to be judged');
  }
}

/** The rules by which figures are told; part of the answer. */
export const STATS_RULES = {
  time_share: 'observed seconds of each state within the span; idle is the rest',
  intervals: 'intervals that begin within the span',
  issue_duration: 'of issues that begin and end within the span',
  deploys_per_day: 'deploy intervals that begin within the span, per 86,400 seconds of it',
  change_failure_rate:
    'deploys followed by an issue that begins at most within_seconds after the deploy ends and before the next deploy, among all that can be judged',
  time_to_restore: 'mean duration of the issues that made deploys fail and ended within the span',
};

/** Durations, as far as their mean and the longest need them. */
class Durations {
  #count = 0;
  #sum = 0;
  #longest = 0;

  add(seconds: number): void {
    this.#count++;
    this.#sum += seconds;
    this.#longest = Math.max(this.#longest, seconds);
  }

  get mean(): number | null {
    return this.#count === 0 ? null : this.#sum / this.#count;
  }

  get longest(): number | null {
    return this.#count === 0 ? null : this.#longest;
  }
}

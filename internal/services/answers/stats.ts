import type { Interval } from '../timeline.ts';

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
  readonly soFar: IssuesSoFar;
  readonly deploysPerDay: number;
  readonly changeFailureRate: number | null;
  /** Mean, from the start to the end of the issues that are a deploy's. */
  readonly timeToRestoreSeconds: number | null;
}

/** All issues that have a second in the span, each for as long as it is seen in it. */
export interface IssuesSoFar {
  readonly issues: number;
  /** Those of them that began before the span or are not over in it: they lasted longer than is seen. */
  readonly unfinished: number;
  readonly meanSeconds: number | null;
  readonly longestSeconds: number | null;
  /** Whether the longest is one of the unfinished. */
  readonly isLongestUnfinished: boolean;
}

/** Why an interval does not count for durations, or a deploy for the change failure rate. */
export type Exclusion = 'begins before the span' | 'not over in the span' | 'too recent to be judged';

/** An interval that does not count for everything, and why. */
export interface Excluded {
  readonly interval: Interval;
  readonly reason: Exclusion;
}

const DAY_SECONDS = 86_400;

/**
 * Tells the figures of one service from its intervals, given newest first, as they are read. Holds no more than the next
 * issue and what it lists, however many there are. The rules in words: {@link STATS_RULES}.
 */
export class StatsTally {
  readonly #span: StatsSpan;
  readonly #mostListed: number;
  readonly #excluded: Excluded[] = [];
  #excludedCount = 0;
  readonly #seconds = { deploy: 0, issue: 0 };
  readonly #intervals = { deploy: 0, issue: 0 };
  readonly #issues = new Durations();
  readonly #seen = new Durations();
  /** Of what is seen of issues that go on beyond the span. */
  readonly #seenOfUnfinished = new Durations();
  readonly #restores = new Durations();
  /** The first issue after the deploy that may come next, and before the deploy that came last. */
  #nextIssue: Interval | undefined;
  #failedDeploys = 0;
  #judgedDeploys = 0;

  /** Of what is excluded, the oldest `mostListed` are listed. */
  constructor(span: StatsSpan, mostListed: number) {
    this.#span = span;
    this.#mostListed = mostListed;
  }

  add(interval: Interval): void {
    const { from, to } = this.#span;
    const { state } = interval;
    this.#seconds[state] += Math.max(0, Math.min(interval.end, to) - Math.max(interval.start, from));
    if (interval.end <= from || interval.start >= to) return;
    if (state === 'issue') this.#seeIssue(interval);
    if (interval.start < from) {
      this.#exclude(interval, 'begins before the span');
      return;
    }
    if (state === 'deploy') this.#addDeploy(interval);
    else this.#addIssue(interval);
    this.#intervals[state]++;
  }

  /** What is excluded is told oldest first. */
  stats(): ServiceStats & { readonly excluded: readonly Excluded[]; readonly excludedCount: number } {
    const { from, to } = this.#span;
    const length = to - from;
    const { deploy, issue } = this.#seconds;
    return {
      timeShare: { deploy: deploy / length, issue: issue / length, idle: (length - deploy - issue) / length },
      intervals: this.#intervals,
      meanIssueSeconds: this.#issues.mean,
      longestIssueSeconds: this.#issues.longest,
      soFar: {
        issues: this.#seen.count,
        unfinished: this.#seenOfUnfinished.count,
        meanSeconds: this.#seen.mean,
        longestSeconds: this.#seen.longest,
        isLongestUnfinished:
          this.#seen.longest !== null && this.#seenOfUnfinished.longest === this.#seen.longest,
      },
      deploysPerDay: (this.#intervals.deploy * DAY_SECONDS) / length,
      changeFailureRate: this.#judgedDeploys === 0 ? null : this.#failedDeploys / this.#judgedDeploys,
      timeToRestoreSeconds: this.#restores.mean,
      excluded: this.#excluded.toReversed(),
      excludedCount: this.#excludedCount,
    };
  }

  #addDeploy(deploy: Interval): void {
    const { overBy, withinSeconds } = this.#span;
    const issue = this.#nextIssue;
    this.#nextIssue = undefined;
    if (issue !== undefined && issue.start - deploy.end <= withinSeconds) {
      this.#judgedDeploys++;
      this.#failedDeploys++;
      if (issue.end <= overBy) this.#restores.add(issue.end - issue.start);
      return;
    }
    // With a deploy after it, later issues are that one's.
    if (this.#intervals.deploy > 0 || deploy.end + withinSeconds < overBy) this.#judgedDeploys++;
    else this.#exclude(deploy, 'too recent to be judged');
  }

  #seeIssue({ start, end }: Interval): void {
    const { from, to, overBy } = this.#span;
    const seconds = Math.min(end, to) - Math.max(start, from);
    this.#seen.add(seconds);
    if (start < from || end > overBy) this.#seenOfUnfinished.add(seconds);
  }

  #addIssue(issue: Interval): void {
    this.#nextIssue = issue;
    if (issue.end <= this.#span.overBy) this.#issues.add(issue.end - issue.start);
    else this.#exclude(issue, 'not over in the span');
  }

  #exclude(interval: Interval, reason: Exclusion): void {
    this.#excludedCount++;
    this.#excluded.push({ interval, reason });
    if (this.#excluded.length > this.#mostListed) this.#excluded.shift();
  }
}

/** The rules by which figures are told; part of the answer. */
export const STATS_RULES = {
  time_share: 'observed seconds of each state within the span; idle is the rest',
  intervals: 'intervals that begin within the span',
  issue_duration: 'of issues that begin and end within the span',
  so_far:
    'of all issues that have a second in the span, each for as long as it is seen in it; unfinished are those that begin before the span or are not over in it',
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

  get count(): number {
    return this.#count;
  }

  get mean(): number | null {
    return this.#count === 0 ? null : this.#sum / this.#count;
  }

  get longest(): number | null {
    return this.#count === 0 ? null : this.#longest;
  }
}

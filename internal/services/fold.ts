import type { ObservedSeconds, ReportedState, SecondRange } from './timeline.ts';

/** Told each interval of a service, oldest first: `start <= second < end`, in unix seconds. */
export type TakeInterval = (state: ReportedState, start: number, end: number) => void;

// As many as an hour's ranges can have, two each.
const MOST_BOUNDS = 3602;
const DIGIT_ZERO = 0x30;
const OPENING = 0x5b;
const CLOSING = 0x29;
const COMMA = 0x2c;

/**
 * From a service's hours to its intervals, oldest first, by the same rules as the timeline's; hours as PostgreSQL writes them,
 * read digit by digit and not kept: a service that changes each second has millions of intervals in a month, and what only
 * counts them needs none of them as an object.
 */
export class Fold {
  readonly #gapSeconds: number;
  readonly #take: TakeInterval;
  readonly #deploy = new Bounds();
  readonly #issue = new Bounds();
  // What the newest interval is so far; none while `#end` is -Infinity.
  #state: ReportedState = 'deploy';
  #start = 0;
  #end = -Infinity;

  constructor(gapSeconds: number, take: TakeInterval) {
    this.#gapSeconds = gapSeconds;
    this.#take = take;
  }

  /** Takes the next hour, which begins at that unix second; its states as multiranges of its seconds. */
  takeTexts(offset: number, deploy: string, issue: string): void {
    this.#deploy.read(deploy, offset);
    this.#issue.read(issue, offset);
    this.#takeBounds();
  }

  /** Takes what was observed next. */
  takeObserved({ deploy, issue }: ObservedSeconds): void {
    this.#deploy.copy(deploy);
    this.#issue.copy(issue);
    this.#takeBounds();
  }

  /** Tells the last interval, once there are no more hours. */
  end(): void {
    if (this.#end !== -Infinity) this.#take(this.#state, this.#start, this.#end);
    this.#end = -Infinity;
  }

  /** Goes through both states in order of time; of a deploy only the seconds in which there was no issue. */
  #takeBounds(): void {
    const [deploys, issues] = [this.#deploy, this.#issue];
    let deployAt = 0;
    let issueAt = 0;
    let deployStart = deploys.at(0);
    while (deployAt < deploys.count || issueAt < issues.count) {
      const issueStart = issues.at(issueAt);
      const deployEnd = deploys.at(deployAt + 1);
      if (deployStart < issueStart) {
        this.#takeRun('deploy', deployStart, Math.min(deployEnd, issueStart));
        if (deployEnd > issueStart) deployStart = issueStart;
        else deployStart = deploys.at((deployAt += 2));
        continue;
      }
      const issueEnd = issues.at(issueAt + 1);
      this.#takeRun('issue', issueStart, issueEnd);
      issueAt += 2;
      while (deploys.at(deployAt + 1) <= issueEnd && deployAt < deploys.count) deployAt += 2;
      deployStart = Math.max(deploys.at(deployAt), issueEnd);
    }
  }

  #takeRun(state: ReportedState, start: number, end: number): void {
    if (state === this.#state && start - this.#end < this.#gapSeconds) {
      this.#end = end;
      return;
    }
    this.end();
    this.#state = state;
    this.#start = start;
    this.#end = end;
  }
}

/** The bounds of ranges one after the other, in memory that is used again. */
class Bounds {
  #bounds = new Float64Array(MOST_BOUNDS);
  count = 0;

  /** Infinity behind the last. */
  at(index: number): number {
    return index < this.count ? (this.#bounds[index] ?? Infinity) : Infinity;
  }

  /** Reads a multirange as PostgreSQL writes it, canonical `[a,b)`, each bound moved by `offset`. */
  read(text: string, offset: number): void {
    let count = 0;
    let bound = 0;
    let isOpen = false;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      const digit = unit - DIGIT_ZERO;
      if (digit >= 0 && digit <= 9) bound = 10 * bound + digit;
      else if (unit === OPENING) {
        isOpen = true;
        bound = 0;
      } else if (unit === CLOSING || (unit === COMMA && isOpen)) {
        this.#bounds[count++] = offset + bound;
        isOpen = false;
        bound = 0;
      }
    }
    this.count = count;
  }

  copy(ranges: readonly SecondRange[]): void {
    this.count = 2 * ranges.length;
    if (this.count > this.#bounds.length) this.#bounds = new Float64Array(this.count);
    for (const [index, { start, end }] of ranges.entries()) {
      this.#bounds[2 * index] = start;
      this.#bounds[2 * index + 1] = end;
    }
  }
}

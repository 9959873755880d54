import { areOne, intervalsOf, type Interval, type ObservedSeconds, type SecondRange } from '../timeline.ts';
import { SECONDS_PER_HOUR } from './seconds.ts';

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
   * Takes hours older than all before, given oldest first; from `fromHour` on there are no others. Returns the intervals
   * that are final now, newest first.
   */
  take(hours: readonly ObservedHour[], fromHour: number): Interval[] {
    const found: Interval[] = [];
    let rest = hours;
    const checkpoint = this.#checkpoint;
    if (checkpoint !== undefined && fromHour <= checkpoint.hour) {
      this.#checkpoint = undefined;
      this.#takeObserved(concatenate(hours.filter(({ hour }) => hour >= checkpoint.hour)), found);
      this.#takeInterval(checkpoint.interval, found);
      // It is the newest of its hours as a whole: what came before is none of it.
      found.push(...this.end());
      this.#knownFrom = checkpoint.interval.start;
      rest = hours.filter(({ hour }) => hour < checkpoint.hour);
    }
    this.#takeObserved(before(this.#knownFrom, concatenate(rest)), found);
    if (this.#oldest !== undefined && !this.#mayGrow(this.#oldest, fromHour)) found.push(...this.end());
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

  /** Whether something before that hour could belong to the interval. */
  #mayGrow({ start }: Interval, hour: number): boolean {
    return start - hour * SECONDS_PER_HOUR < this.#gapSeconds;
  }
}

/** Hours in order, oldest first, as one history. Ranges that touch at a full hour need no joining: the timeline does. */
function concatenate(hours: readonly ObservedHour[]): ObservedSeconds {
  const [only] = hours;
  if (only !== undefined && hours.length === 1) return only.observed;
  return {
    deploy: hours.flatMap(({ observed }) => observed.deploy),
    issue: hours.flatMap(({ observed }) => observed.issue),
  };
}

/** What was observed before a second. */
function before(second: number, observed: ObservedSeconds): ObservedSeconds {
  if (second === Infinity) return observed;
  const cut = (ranges: readonly SecondRange[]) =>
    ranges
      .filter(({ start }) => start < second)
      .map(({ start, end }) => ({ start, end: Math.min(end, second) }));
  return { deploy: cut(observed.deploy), issue: cut(observed.issue) };
}

/** How far apart the flushes of a lane are; durations in milliseconds. */
export interface PaceLimits {
  /** Least time between the starts of two flushes, unless there are many events to flush. */
  readonly flushIntervalMs: number;
  /** While the flush before is under way, the next one starts this long after it, not sooner; 0 if it need not wait. */
  readonly patienceMs: number;
  /** Whether the lane pauses after a flush of many events for as long as that took. */
  readonly pauses: boolean;
  /** From a batch's first event to the verdict its requests get. */
  readonly flushTimeoutMs: number;
}

// The longest pause between flushes, of flushTimeoutMs: one flush that was held up must not cost the next batch its time.
const MAX_PAUSE_SHARE = 0.01;
// Smaller batches than this are of single requests: for those, the wait would cost more than it saves.
const BULK_EVENTS = 100;
// From this many events on a flush is worth what it costs, which is about the same as reading and answering twenty requests.
const MANY_EVENTS = 20;

/**
 * When a lane may flush again a batch that is not full; times as of `performance.now()`. Each flush costs several switches
 * between threads and processes, however little it carries, so under load larger batches are worth a wait.
 */
export class FlushPace {
  readonly #limits: PaceLimits;
  #startedAtMs = -Infinity;
  #pausedUntilMs = -Infinity;

  constructor(limits: PaceLimits) {
    this.#limits = limits;
  }

  started(nowMs: number): void {
    this.#startedAtMs = nowMs;
  }

  ended(nowMs: number, events: number, durationMs: number): void {
    const { pauses, flushTimeoutMs } = this.#limits;
    if (!pauses || events < BULK_EVENTS) return;
    this.#pausedUntilMs = nowMs + Math.min(durationMs, flushTimeoutMs * MAX_PAUSE_SHARE);
  }

  /** Until a flush of so many events may start, the one before being under way or not; not above 0 if it may start now. */
  waitMs(nowMs: number, isUnderWay: boolean, events: number): number {
    const { flushIntervalMs, patienceMs } = this.#limits;
    const intervalMs = events < MANY_EVENTS ? flushIntervalMs : 0;
    const apartMs = isUnderWay ? Math.max(intervalMs, patienceMs) : intervalMs;
    return Math.max(this.#startedAtMs + apartMs, this.#pausedUntilMs) - nowMs;
  }
}

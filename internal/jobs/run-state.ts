/** What is stored of a run; times in milliseconds since 1970, null where nothing said so yet. */
export interface Run {
  readonly runId: string;
  /** When a payload of it last arrived, by the server's clock. */
  readonly lastSeenMs: number;
  /** The earliest and the latest ApplicationStart. */
  readonly firstStartMs: number | null;
  readonly lastStartMs: number | null;
  /** The latest ApplicationEnd. */
  readonly lastEndMs: number | null;
  /** Spark events stored. */
  readonly events: number;
}

/** A run of which nothing was heard for so long, and whose end is not known, is lost. */
export const LOST_AFTER_MS = 60_000;

export type RunState = 'running' | 'finished' | 'lost';

/**
 * The state of a run. It has ended once an ApplicationEnd is known and no ApplicationStart after that: an application
 * that was restarted under the same run starts again. Only the latest of each count, so neither the order in which they
 * arrived nor repetition makes a difference.
 */
export function stateOf(run: Omit<Run, 'runId' | 'events' | 'firstStartMs'>, nowMs: number): RunState {
  const { lastStartMs, lastEndMs, lastSeenMs } = run;
  if (lastEndMs !== null && (lastStartMs === null || lastStartMs <= lastEndMs)) return 'finished';
  return nowMs - lastSeenMs >= LOST_AFTER_MS ? 'lost' : 'running';
}

/**
 * From the earliest ApplicationStart to the latest ApplicationEnd, or null while one of them is missing. An end before
 * the earliest start ended something else: then the end is missing.
 */
export function durationMs({
  firstStartMs,
  lastEndMs,
}: Pick<Run, 'firstStartMs' | 'lastEndMs'>): number | null {
  if (firstStartMs === null || lastEndMs === null || lastEndMs < firstStartMs) return null;
  return lastEndMs - firstStartMs;
}

/** What Spark events say about the lifetime of a run's applications; milliseconds since 1970, null if not known. */
export interface ApplicationTimes {
  readonly firstStartMs: number | null;
  readonly lastStartMs: number | null;
  readonly lastEndMs: number | null;
}

export const noTimes: ApplicationTimes = { firstStartMs: null, lastStartMs: null, lastEndMs: null };

/** What both say together. The order does not matter, nor does saying the same again. */
export function mergeTimes(a: ApplicationTimes, b: ApplicationTimes): ApplicationTimes {
  return {
    firstStartMs: known(Math.min, a.firstStartMs, b.firstStartMs),
    lastStartMs: known(Math.max, a.lastStartMs, b.lastStartMs),
    lastEndMs: known(Math.max, a.lastEndMs, b.lastEndMs),
  };
}

function known(choose: (a: number, b: number) => number, a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return choose(a, b);
}

// Spark's event log writes the class's name without its package. The bare name means the same.
const START = /^(SparkListener)?ApplicationStart$/;
const END = /^(SparkListener)?ApplicationEnd$/;

/** What one Spark event says. One of these two without a usable `Timestamp` says nothing. */
export function timesOf({ Event: event, Timestamp: timestamp }: SparkEvent): ApplicationTimes {
  if (typeof event !== 'string' || !isMilliseconds(timestamp)) return noTimes;
  if (START.test(event)) return { ...noTimes, firstStartMs: timestamp, lastStartMs: timestamp };
  if (END.test(event)) return { ...noTimes, lastEndMs: timestamp };
  return noTimes;
}

/** The fields of a Spark event that we look at. */
export interface SparkEvent {
  readonly Event?: unknown;
  readonly Timestamp?: unknown;
}

const LAST_MILLISECOND = 8.64e15; // That a JavaScript Date can hold.

/** Whether it is a time in milliseconds since 1970. */
export function isMilliseconds(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= LAST_MILLISECOND;
}

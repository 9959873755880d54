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

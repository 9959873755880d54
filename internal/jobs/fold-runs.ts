import type { QueuedPayload } from './batches.ts';
import { mergeTimes, noTimes, type ApplicationTimes } from './run-state.ts';

/** What the payloads of a batch add to one run. */
export interface RunNews {
  readonly jobName: string;
  readonly runId: string;
  readonly lastSeenMs: number;
  readonly times: ApplicationTimes;
  /** Spark events that were not stored before. */
  readonly events: number;
}

/**
 * Folds the payloads of a batch to one entry per run. Every payload says that its run is alive; those that are not
 * `fresh` say nothing else, as what they hold is stored and folded already.
 */
export function foldRuns(
  payloads: readonly QueuedPayload[],
  fresh: ReadonlyMap<QueuedPayload, unknown>,
): RunNews[] {
  const runs = new Map<string, RunNews>();
  for (const payload of payloads) {
    const { jobName, runId, seenMs } = payload;
    const key = runKey(payload);
    const known = runs.get(key);
    const isFresh = fresh.has(payload);
    runs.set(key, {
      jobName,
      runId,
      lastSeenMs: Math.max(known?.lastSeenMs ?? seenMs, seenMs),
      times: mergeTimes(known?.times ?? noTimes, isFresh ? payload.times : noTimes),
      events: (known?.events ?? 0) + (isFresh ? payload.events : 0),
    });
  }
  return [...runs.values()];
}

/** A text that is another one for each run: names hold no control characters. */
export function runKey({ jobName, runId }: { readonly jobName: string; readonly runId: string }): string {
  return `${jobName}\n${runId}`;
}

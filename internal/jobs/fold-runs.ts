import type { QueuedPayload } from './batches.ts';
import { identityOf, readRows, type EventRow } from './rows.ts';
import { mergeTimes, noTimes, type ApplicationTimes } from './run-state.ts';

/** What the payloads of a batch say about one run. */
export interface RunNews {
  readonly jobName: string;
  readonly runId: string;
  readonly lastSeenMs: number;
  readonly times: ApplicationTimes;
  /** Its Spark events, each once, in order of arrival. */
  readonly events: readonly EventRow[];
}

/** Folds the payloads of a batch to one entry per run. */
export function foldRuns(payloads: readonly QueuedPayload[]): RunNews[] {
  const runs = new Map<string, QueuedPayload[]>();
  for (const payload of payloads) {
    const key = runKey(payload);
    const ofRun = runs.get(key);
    if (ofRun === undefined) runs.set(key, [payload]);
    else ofRun.push(payload);
  }
  return Array.from(runs.values(), foldRun);
}

function foldRun(payloads: readonly QueuedPayload[]): RunNews {
  const { jobName = '', runId = '' } = payloads[0] ?? {};
  return {
    jobName,
    runId,
    lastSeenMs: payloads.reduce((latest, { seenMs }) => Math.max(latest, seenMs), -Infinity),
    times: payloads.map(({ times }) => times).reduce(mergeTimes, noTimes),
    events: eachOnce(payloads.map(({ rows }) => readRows(rows))),
  };
}

/** No event comes twice in one payload, but it may in two: when a caller did not wait for the answer. */
function eachOnce(payloads: readonly (readonly EventRow[])[]): readonly EventRow[] {
  const [only] = payloads;
  if (only !== undefined && payloads.length === 1) return only;
  const known = new Map<string, EventRow>();
  for (const event of payloads.flat()) {
    const identity = identityOf(event);
    if (!known.has(identity)) known.set(identity, event);
  }
  return [...known.values()];
}

/** A text that is another one for each run: names hold no control characters. */
export function runKey({ jobName, runId }: { readonly jobName: string; readonly runId: string }): string {
  return `${jobName}\n${runId}`;
}

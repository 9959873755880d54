import { durationMs, stateOf } from '../run-state.ts';
import type { MessageBody, PayloadBody } from './payload-body.ts';

/** A payload and when it arrived. */
export interface Arrival {
  readonly body: PayloadBody;
  readonly seenMs: number;
}

/** What the service should answer about one run. */
export interface ModelRun {
  readonly state: string;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly durationMs: number | null;
  readonly lastSeenAt: number;
  /** `generated_at` and content, in the order of reading. */
  readonly events: readonly (readonly [number, string])[];
}

/** The naive model: goes through everything that arrived each time it is asked. Keys are `job/run`. */
export function modelRuns(arrivals: readonly Arrival[], nowMs: number): Map<string, ModelRun> {
  const runs = new Map<string, Arrival[]>();
  for (const arrival of arrivals) {
    const key = `${arrival.body.job_name}/${arrival.body.run_id}`;
    runs.set(key, [...(runs.get(key) ?? []), arrival]);
  }
  return new Map(Array.from(runs, ([key, heard]) => [key, modelRun(heard, nowMs)]));
}

function modelRun(heard: readonly Arrival[], nowMs: number): ModelRun {
  const stored = new Map<string, MessageBody>();
  for (const { body } of heard) {
    const events = body.messages.filter(({ message_type }) => message_type === 'spark-event');
    for (const [index, event] of events.entries()) {
      const isSuch = (other: MessageBody) =>
        other.generated_at === event.generated_at && other.content === event.content;
      const identity = JSON.stringify([
        event.generated_at,
        event.content,
        events.slice(0, index).filter(isSuch).length,
      ]);
      if (!stored.has(identity)) stored.set(identity, event);
    }
  }
  const messages = [...stored.values()];
  const timesOf = (name: string) =>
    messages
      .map(({ content }) => JSON.parse(content) as { Event?: unknown; Timestamp?: unknown })
      .filter(({ Event }) => Event === name)
      .map(({ Timestamp }) => Number(Timestamp));
  const starts = timesOf('SparkListenerApplicationStart');
  const ends = timesOf('SparkListenerApplicationEnd');
  const firstStartMs = starts.length === 0 ? null : Math.min(...starts);
  const lastStartMs = starts.length === 0 ? null : Math.max(...starts);
  const lastEndMs = ends.length === 0 ? null : Math.max(...ends);
  const lastSeenMs = Math.max(...heard.map(({ seenMs }) => seenMs));
  return {
    state: stateOf({ lastStartMs, lastEndMs, lastSeenMs }, nowMs),
    startedAt: firstStartMs,
    endedAt: lastEndMs,
    durationMs: durationMs({ firstStartMs, lastEndMs }),
    lastSeenAt: lastSeenMs,
    // Array.sort is stable: equal ones stay in order of arrival.
    events: messages
      .map(({ generated_at, content }) => [generated_at, content] as const)
      .sort(([a], [b]) => a - b),
  };
}

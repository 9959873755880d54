/** A body of `POST /collect`. */
export interface PayloadBody {
  readonly job_name: string;
  readonly run_id: string;
  readonly sent_at: number;
  readonly counters: { readonly payload_counter: number };
  readonly messages: readonly MessageBody[];
}

export interface MessageBody {
  readonly message_type: 'spark-event' | 'heartbeat';
  readonly content: string;
  readonly generated_at: number;
}

/** The time around which the events of these tests are generated, in milliseconds. */
export const START_MS = 1_700_000_000_000;

export const heartbeat: MessageBody = { message_type: 'heartbeat', content: '', generated_at: START_MS };

/** The first payload of run `r1` of job `etl`, but for what is given. */
export function payloadOf(
  messages: readonly MessageBody[],
  { counter = 1, jobName = 'etl', runId = 'r1' }: { counter?: number; jobName?: string; runId?: string } = {},
): PayloadBody {
  return {
    job_name: jobName,
    run_id: runId,
    sent_at: START_MS + 5,
    counters: { payload_counter: counter },
    messages,
  };
}

/** A Spark event, generated so many milliseconds after {@link START_MS}; text is taken as it is. */
export function sparkEvent(afterMs: number, event: object | string): MessageBody {
  const content = typeof event === 'string' ? event : JSON.stringify(event);
  return { message_type: 'spark-event', content, generated_at: START_MS + afterMs };
}

/** Spark's own events of the beginning and the end of an application. */
export function applicationStart(afterMs: number): MessageBody {
  return sparkEvent(afterMs, {
    Event: 'SparkListenerApplicationStart',
    'App Name': 'etl',
    'App ID': 'app-20231114-0001',
    Timestamp: START_MS + afterMs,
    User: 'spark',
  });
}

export function applicationEnd(afterMs: number): MessageBody {
  return sparkEvent(afterMs, { Event: 'SparkListenerApplicationEnd', Timestamp: START_MS + afterMs });
}

import { randomOf } from '../../program/random.ts';
import { mixed, namePrefix, type LoadPlan } from '../load-plan.ts';
import { messagesOfRun, type SparkMessage } from '../spark-application.ts';
import type { Mode } from './mode.ts';

const BETWEEN_RUNS_MS = 60_000;

/** One body, before it is written. */
interface SparkPayload {
  readonly job_name: string;
  readonly run_id: string;
  readonly sent_at: number;
  readonly counters: { readonly message_counter: number; readonly payload_counter: number };
  readonly messages: readonly SparkMessage[];
}

/** What the Spark listeners of several applications send. */
export const spark: Mode = {
  name: 'spark',
  summary: 'POST /collect, gzipped messages of the listeners of --services applications',
  path: '/collect',
  defaultBatch: 50,
  mostBatch: 100_000,
  needsIdempotencyKey: false,
  isAlwaysCompressed: true,
  *bodies(plan) {
    let left = plan.events;
    for (const payload of mixed(payloadsOf(plan), plan)) {
      const messages = payload.messages.slice(0, left);
      yield { text: JSON.stringify({ ...payload, messages }), events: messages.length };
      left -= messages.length;
      if (left === 0) return;
    }
  },
};

/** The payloads of all applications in turn, with at least as many messages as the plan has events. */
function* payloadsOf(plan: LoadPlan): Generator<SparkPayload, void> {
  const prefix = namePrefix(plan);
  const listeners = Array.from({ length: plan.services }, (_, application) =>
    payloadsOfApplication(`${prefix}${application}`, plan, randomOf(plan.seed + application)),
  );
  for (let left = plan.events; left > 0;) {
    for (const listener of listeners) {
      const payload = listener.next().value;
      yield payload;
      left -= payload.messages.length;
    }
  }
}

/** One application runs again and again; each run has a listener of its own, which counts from 1. */
function* payloadsOfApplication(
  jobName: string,
  { batch, startSecond }: LoadPlan,
  random: () => number,
): Generator<SparkPayload, never> {
  let startMs = startSecond * 1000;
  for (let run = 1; ; run++) {
    const runId = `${jobName}-run-${run}`;
    let payloads = 0;
    let sent = 0;
    let messages: SparkMessage[] = [];
    const payload = (): SparkPayload => {
      payloads++;
      sent += messages.length;
      startMs = messages.at(-1)?.generated_at ?? startMs;
      return {
        job_name: jobName,
        run_id: runId,
        sent_at: startMs,
        counters: { message_counter: sent, payload_counter: payloads },
        messages,
      };
    };
    for (const message of messagesOfRun(jobName, runId, startMs, random)) {
      messages.push(message);
      if (messages.length < batch) continue;
      yield payload();
      messages = [];
    }
    if (messages.length > 0) yield payload();
    startMs += BETWEEN_RUNS_MS;
  }
}

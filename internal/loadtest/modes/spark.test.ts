import { expect } from 'chai';
import { z } from 'zod';

import type { LoadPlan } from '../load-plan.ts';
import { planOf } from '../testing/plan-of.ts';
import { spark } from './spark.ts';

const payloadOf = z.strictObject({
  job_name: z.string().min(1),
  run_id: z.string().min(1),
  sent_at: z.number(),
  counters: z.strictObject({ message_counter: z.int(), payload_counter: z.int() }),
  messages: z.array(
    z.strictObject({
      message_type: z.enum(['spark-event', 'heartbeat']),
      content: z.string(),
      generated_at: z.number(),
    }),
  ),
});
type Payload = z.infer<typeof payloadOf>;

function sent(given: Partial<LoadPlan> = {}): Payload[] {
  const plan = planOf({ mode: 'spark', events: 6000, batch: 20, services: 3, ...given });
  return Array.from(spark.bodies(plan), ({ text, events }) => {
    const payload = payloadOf.parse(JSON.parse(text));
    expect(payload.messages).to.have.length(events);
    return payload;
  });
}

function runsIn(payloads: readonly Payload[]): Payload[][] {
  const runs = new Map<string, Payload[]>();
  for (const payload of payloads) runs.set(payload.run_id, [...(runs.get(payload.run_id) ?? []), payload]);
  return [...runs.values()];
}

const eventsIn = (run: readonly Payload[]) =>
  run
    .flatMap(({ messages }) => messages)
    .filter(({ message_type }) => message_type === 'spark-event')
    .map(({ content }) => (JSON.parse(content) as { Event: string }).Event);

describe('the load of Spark listeners', () => {
  it('is the same for the same plan', () => {
    expect(sent()).to.deep.equal(sent());
    expect(sent({ seed: 8 })).not.to.deep.equal(sent());
  });

  it('comes from several applications at once', () => {
    const jobs = sent().map(({ job_name }) => job_name);
    expect(new Set(jobs.slice(0, 3)).size).to.equal(3);
    expect(new Set(jobs).size).to.equal(3);
  });

  it('counts payloads and messages of each run up from 1', () => {
    const all = sent();
    for (const run of runsIn(all)) {
      let messages = 0;
      for (const [index, payload] of run.entries()) {
        messages += payload.messages.length;
        const isCutOff = payload === all.at(-1);
        if (isCutOff) continue; // Where the planned number of events was reached.
        expect(payload.counters).to.deep.equal({ payload_counter: index + 1, message_counter: messages });
      }
    }
  });

  it('tells each run from start to end, with all kinds of events', () => {
    // The last run of each application may be cut off.
    const runs = runsIn(sent()).filter((run) => eventsIn(run).includes('SparkListenerApplicationEnd'));
    expect(runs.length).to.be.above(10);
    const kinds = [
      ...['ApplicationStart', 'ExecutorAdded', 'BlockManagerAdded', 'EnvironmentUpdate', 'JobStart'],
      ...['StageSubmitted', 'TaskStart', 'TaskEnd', 'StageCompleted', 'JobEnd', 'ApplicationEnd'],
    ].map((kind) => `SparkListener${kind}`);
    for (const run of runs) {
      const events = eventsIn(run);
      expect(events[0]).to.equal('SparkListenerApplicationStart');
      expect(events.at(-1)).to.equal('SparkListenerApplicationEnd');
      expect(new Set(events)).to.deep.equal(new Set(kinds));
    }
  });

  it('goes on in time, with a heartbeat every ten seconds', () => {
    for (const run of runsIn(sent())) {
      const messages = run.flatMap((payload) => payload.messages);
      const times = messages.map(({ generated_at }) => generated_at);
      expect(times).to.deep.equal(times.toSorted((a, b) => a - b));
      const [start = 0] = times;
      const beats = messages.filter(({ message_type }) => message_type === 'heartbeat');
      for (const [index, { generated_at }] of beats.entries()) {
        expect(generated_at).to.equal(start + (index + 1) * 10_000);
      }
    }
  });
});

import fc from 'fast-check';

import {
  applicationEnd,
  applicationStart,
  heartbeat,
  payloadOf,
  sparkEvent,
  START_MS,
  type MessageBody,
  type PayloadBody,
} from './payload-body.ts';

const message = (id: number): fc.Arbitrary<MessageBody> => {
  const afterMs = fc.integer({ min: 0, max: 5 });
  return fc.oneof(
    { weight: 5, arbitrary: afterMs.map((ms) => sparkEvent(ms, { Event: 'SparkListenerTaskEnd', id })) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 100 }).map(applicationStart) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 100 }).map(applicationEnd) },
    { weight: 1, arbitrary: afterMs.map((ms) => ({ ...heartbeat, generated_at: START_MS + ms })) },
  );
};

/** Payloads of a few runs, whose listeners begin to count anew now and then, and send events again. */
export const arbitraryPayloads: fc.Arbitrary<PayloadBody[]> = fc
  .array(
    fc.record({
      jobName: fc.constantFrom('a', 'b'),
      runId: fc.constantFrom('r1', 'r2'),
      counter: fc.integer({ min: 0, max: 3 }),
      messages: fc
        .array(fc.nat({ max: 3 }), { maxLength: 5 })
        .chain((ids) => fc.tuple(...ids.map((id) => message(id)))),
    }),
    { maxLength: 12 },
  )
  .map((all) => all.map(({ messages, ...of }) => payloadOf(messages, of)));

/** The same in another order, each one or more times. */
export function shuffledWithRepeats(payloads: readonly PayloadBody[]): fc.Arbitrary<PayloadBody[]> {
  return fc
    .tuple(
      fc.shuffledSubarray([...payloads], { minLength: payloads.length }),
      fc.array(fc.nat(), { maxLength: payloads.length }),
      fc.array(fc.nat(), { maxLength: payloads.length }),
    )
    .map(([shuffled, which, where]) => {
      const all = [...shuffled];
      for (const [index, at] of where.entries()) {
        const again = payloads[(which[index] ?? 0) % Math.max(1, payloads.length)];
        if (again !== undefined) all.splice(at % (all.length + 1), 0, again);
      }
      return all;
    });
}

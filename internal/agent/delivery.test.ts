import { setImmediate as answersTaken } from 'node:timers/promises';

import { expect } from 'chai';

import { Delivery, type DeliveryOptions } from './delivery.ts';
import type { Answer } from './http-sender.ts';

const options: DeliveryOptions = {
  send: () => Promise.resolve({ outcome: 'accepted' }),
  maxWaiting: 5,
  maxInFlight: 2,
  stopwatch: () => performance.now(),
  random: Math.random,
  warn: () => undefined,
};
const never = new AbortController().signal;

/** A server that answers when it is told to. */
function heldServer(): { send: DeliveryOptions['send']; bodies: string[]; answer: (answer: Answer) => void } {
  const bodies: string[] = [];
  const held: ((answer: Answer) => void)[] = [];
  const send = (body: string): Promise<Answer> => {
    bodies.push(body);
    return new Promise((resolve) => held.push(resolve));
  };
  return { send, bodies, answer: (answer) => held.shift()?.(answer) };
}

describe('the delivery', () => {
  it('has no more requests under way than allowed', async () => {
    const server = heldServer();
    const delivery = new Delivery({ ...options, send: server.send });
    for (const body of 'abc') delivery.add(body);
    expect(server.bodies).to.deep.equal(['a', 'b']);
    const drained = delivery.drain(never);
    for (let request = 0; request < 3; request++) {
      server.answer({ outcome: 'accepted' });
      await answersTaken();
    }
    await drained;
    expect(server.bodies).to.deep.equal(['a', 'b', 'c']);
  });

  it('drops, counts and logs the oldest queued reports when too many wait', async () => {
    const warnings: string[] = [];
    const server = heldServer();
    const delivery = new Delivery({
      ...options,
      send: server.send,
      warn: (_, message) => warnings.push(message),
    });
    for (const body of 'abcdefgh') delivery.add(body);
    expect(delivery.stats()).to.include({ waiting: 5, dropped: 3, sent: 2 });
    expect(warnings).to.have.length(3);
    server.answer({ outcome: 'refused', status: 400, detail: '' });
    await answersTaken();
    expect(server.bodies).to.deep.equal(['a', 'b', 'f']);
  });

  it('sends a report again behind the others, and counts each answer', async () => {
    const answers: Answer[] = [
      { outcome: 'retry', reason: 'status 503', retryAfterMs: 0 },
      { outcome: 'refused', status: 400, detail: '' },
    ];
    const bodies: string[] = [];
    const delivery = new Delivery({
      ...options,
      maxInFlight: 1,
      send: (body) => {
        bodies.push(body);
        return Promise.resolve(answers.shift() ?? { outcome: 'accepted' });
      },
    });
    for (const body of 'abc') delivery.add(body);
    await delivery.drain(never);
    expect(bodies).to.deep.equal(['a', 'b', 'c', 'a']);
    expect(delivery.stats()).to.deep.equal({
      sent: 4,
      accepted: 2,
      retried: 1,
      refused: 1,
      dropped: 0,
      waiting: 0,
    });
  });

  it('stops draining at the deadline, and sends nothing once closed', async () => {
    const server = heldServer();
    const delivery = new Delivery({ ...options, send: server.send });
    for (const body of 'abc') delivery.add(body);
    const deadline = new AbortController();
    const drained = delivery.drain(deadline.signal);
    deadline.abort();
    await drained;
    delivery.close();
    delivery.close();
    server.answer({ outcome: 'accepted' });
    await answersTaken();
    expect(delivery.stats()).to.include({ accepted: 1, waiting: 2 });
    expect(server.bodies).to.deep.equal(['a', 'b']);
  });
});

import { expect } from 'chai';

import { randomOf } from '../program/random.ts';
import { chooseBehaviour, type Flakiness } from './server.ts';

const REQUESTS = 10_000;

/** How often each behaviour comes, in percent. */
function shares(flakiness: Flakiness, seed = 7): Record<string, number> {
  const random = randomOf(seed);
  const counts: Record<string, number> = {};
  for (let request = 0; request < REQUESTS; request++) {
    const behaviour = chooseBehaviour(flakiness, random);
    const name = behaviour.kind === 'answer' ? String(behaviour.status) : behaviour.kind;
    counts[name] = (counts[name] ?? 0) + 100 / REQUESTS;
  }
  return counts;
}

describe('the flaky target', () => {
  it('misbehaves as often as it is told to', () => {
    const told = shares({ failurePercent: 25, hangPercent: 10, resetPercent: 5 });
    for (const [name, percent] of Object.entries({ 200: 60, 500: 25, hang: 10, reset: 5 })) {
      expect(told[name]).to.be.closeTo(percent, 2);
    }
  });

  it('is always well, or never', () => {
    expect(shares({ failurePercent: 0, hangPercent: 0, resetPercent: 0 })).to.have.all.keys('200');
    expect(shares({ failurePercent: 100, hangPercent: 0, resetPercent: 0 })).to.have.all.keys('500');
  });

  it('does the same with the same seed', () => {
    const flakiness = { failurePercent: 30, hangPercent: 0, resetPercent: 0 };
    expect(shares(flakiness, 1)).to.deep.equal(shares(flakiness, 1));
    expect(shares(flakiness, 1)).to.not.deep.equal(shares(flakiness, 2));
  });
});

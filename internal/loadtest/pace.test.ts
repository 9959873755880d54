import { expect } from 'chai';

import { asFastAsAnswersCome, fixedRate } from './clock.ts';

describe('the pace', () => {
  it('of a fixed rate gives each request its time', () => {
    const pace = fixedRate(4, 100);
    expect([0, 1, 2, 9].map((number) => pace.dueMs(number))).to.deep.equal([100, 350, 600, 2350]);
  });

  it('of a fixed rate knows how many are due', () => {
    const pace = fixedRate(4, 100);
    expect([0, 100, 101, 350, 351, 1100].map((ms) => pace.dueBefore(ms))).to.deep.equal([0, 0, 1, 1, 2, 4]);
  });

  it('of a fixed rate counts by the times that it gives, wherever the stopwatch stands', () => {
    for (let startMs = 100; startMs < 200; startMs += 0.1234567) {
      expect(fixedRate(200, startMs).dueBefore(startMs + 500), `from ${startMs}`).to.equal(100);
    }
  });

  it('otherwise has no times', () => {
    expect(asFastAsAnswersCome.dueMs(1e9)).to.equal(-Infinity);
    expect(asFastAsAnswersCome.dueBefore(1e9)).to.equal(undefined);
  });
});

import { expect } from 'chai';

import { asFastAsAnswersCome, fixedRate } from './pace.ts';

describe('the pace', () => {
  it('of a fixed rate gives each request its time', () => {
    const pace = fixedRate(4, 100);
    expect([0, 1, 2, 9].map((number) => pace.dueMs(number))).to.deep.equal([100, 350, 600, 2350]);
  });

  it('of a fixed rate knows how many are due', () => {
    const pace = fixedRate(4, 100);
    expect([0, 100, 101, 350, 351, 1100].map((ms) => pace.dueBefore(ms))).to.deep.equal([0, 0, 1, 1, 2, 4]);
  });

  it('otherwise has no times', () => {
    expect(asFastAsAnswersCome.dueMs(1e9)).to.equal(-Infinity);
    expect(asFastAsAnswersCome.dueBefore(1e9)).to.equal(undefined);
  });
});

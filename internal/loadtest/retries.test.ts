import { expect } from 'chai';

import { pauseMs } from './retries.ts';

const rules = { mostTries: 9, firstPauseMs: 100, longestPauseMs: 1000 };
const most = () => 1;

describe('the pause before a retry', () => {
  it('doubles up to a bound', () => {
    const pauses = [1, 2, 3, 4, 5, 6].map((tries) => pauseMs(tries, undefined, rules, most));
    expect(pauses).to.deep.equal([100, 200, 400, 800, 1000, 1000]);
  });

  it('is a random part shorter, at most by half', () => {
    expect(pauseMs(1, undefined, rules, () => 0)).to.equal(50);
  });

  it('comes after what the answer asks for, up to a minute', () => {
    expect(pauseMs(1, '3', rules, most)).to.equal(3100);
    expect(pauseMs(1, '86400', rules, most)).to.equal(60_100);
    expect(pauseMs(1, 'soon', rules, most)).to.equal(100);
  });
});

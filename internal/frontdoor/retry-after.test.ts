import { expect } from 'chai';

import { randomOf } from '../program/random.ts';
import { RetryAfter } from './retry-after.ts';

describe('how long those wait who are refused', () => {
  /** What the last of these seconds' refusals are told, so many of them each second, evenly. */
  function told(perSecond: number, seconds = 3): number[] {
    const retryAfter = new RetryAfter(randomOf('retry after'));
    const all = Array.from({ length: perSecond * seconds }, (_, index) =>
      retryAfter.secondsAt((index * 1000) / perSecond),
    );
    return all.slice(-perSecond);
  }
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

  it('is a second for a few', () => {
    expect(new Set(told(1))).to.deep.equal(new Set([1]));
    expect(new Set(told(400))).to.deep.equal(new Set([1]));
  });

  it('is longer for many, and another time for each', () => {
    expect(mean(told(800))).to.be.within(1.9, 2.1);
    expect(new Set(told(800))).to.deep.equal(new Set([1, 2, 3]));
    expect(mean(told(1200))).to.be.within(2.9, 3.1);
  });

  it('is five seconds at most', () => {
    expect(new Set(told(100_000))).to.deep.equal(new Set([1, 2, 3, 4, 5]));
    expect(mean(told(100_000))).to.be.within(2.9, 3.1);
  });

  it('is a second again once they stay away', () => {
    const retryAfter = new RetryAfter(() => 0.999);
    for (let index = 0; index < 4000; index++) retryAfter.secondsAt(index / 4);
    expect(retryAfter.secondsAt(999)).to.equal(5);
    expect(retryAfter.secondsAt(1500)).to.equal(5);
    expect(retryAfter.secondsAt(9000)).to.equal(1);
  });
});

import { expect } from 'chai';
import { randomBetween, randomOf } from './random.ts';

describe('seeded random numbers', () => {
  it('are the same for the same seed and spread evenly', () => {
    const [first, second] = [randomOf('a'), randomOf('a')];
    const counts = Array.from({ length: 10 }, () => 0);
    for (let draw = 0; draw < 100_000; draw++) {
      const digit = randomBetween(first, 0, 9);
      expect(randomBetween(second, 0, 9)).to.equal(digit);
      counts[digit] = (counts[digit] ?? 0) + 1;
    }
    for (const count of counts) expect(count).to.be.within(9_500, 10_500);
  });
});

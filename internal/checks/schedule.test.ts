import { expect } from 'chai';

import { firstDelayMs, nextDelayMs } from './rounds.ts';

describe('the next check of a target', () => {
  it('is an interval after the last began, give or take a tenth', () => {
    expect([0, 0.5, 1].map((random) => nextDelayMs(5000, 100, random))).to.deep.equal([4400, 4900, 5400]);
  });

  it('is at once where the last took longer', () => {
    expect(nextDelayMs(5000, 7000, 0.5)).to.equal(0);
  });
});

describe('the first check of a target', () => {
  it('is within a second where nobody checked it', () => {
    expect([0, 0.5].map((random) => firstDelayMs(5000, undefined, random))).to.deep.equal([0, 500]);
  });

  it('is not before it would have been by whoever checked it last', () => {
    expect(firstDelayMs(5000, 2000, 0)).to.equal(3000);
    expect(firstDelayMs(5000, 60_000, 0)).to.equal(0);
  });

  it('is not put off by a last check that lies ahead', () => {
    expect(firstDelayMs(5000, -1_000_000, 0)).to.equal(5000);
  });
});

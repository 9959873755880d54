import { expect } from 'chai';

import { firstPace, nextPace } from './settle-pace.ts';

const usual = { durationMs: 100, rows: 5000, isAll: true };

describe('the pace of settling', () => {
  it('pauses 19 times as long as a round took, but not too short and not too long', () => {
    const pauseAfter = (durationMs: number) => nextPace(firstPace, { ...usual, durationMs }).pauseMs;
    expect([1, 50, 1000].map(pauseAfter)).to.deep.equal([50, 950, 2000]);
  });

  it('takes more at once while that is quick and not all, and less when it is slow or fails', () => {
    const { mostBytes } = firstPace;
    const after = (part: Parameters<typeof nextPace>[1]) => nextPace(firstPace, part).mostBytes / mostBytes;
    expect(after(usual)).to.equal(1);
    expect(after({ ...usual, isAll: false })).to.equal(2);
    expect(after({ ...usual, durationMs: 1600, isAll: false })).to.equal(0.5);
    expect(after({ durationMs: 5000, rows: 5000 })).to.equal(0.25);
  });

  it('never takes nothing, nor more than memory should hold', () => {
    let [slow, quick] = [firstPace, firstPace];
    for (let round = 0; round < 40; round++) {
      slow = nextPace(slow, { durationMs: 5000, rows: 0 });
      quick = nextPace(quick, { ...usual, isAll: false });
    }
    expect([slow.mostBytes, quick.mostBytes]).to.deep.equal([2 ** 16, 2 ** 24]);
  });

  it('lets as many rows be pending as it settles in two seconds, within bounds', () => {
    const after = (rows: number, durationMs: number) =>
      nextPace(firstPace, { ...usual, rows, durationMs }).mostRows;
    expect(after(50_000, 100)).to.equal(1_000_000);
    expect(after(2000, 1000)).to.equal(200_000);
    expect(after(1_000_000, 100)).to.equal(2_000_000);
    // A few rows tell nothing about many.
    expect(after(10, 1)).to.equal(firstPace.mostRows);
  });
});

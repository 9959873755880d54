import { expect } from 'chai';

import { FlushPace, type PaceLimits } from './flush.ts';

const paceOf = (limits: Partial<PaceLimits>) =>
  new FlushPace({ flushIntervalMs: 0, patienceMs: 0, ...limits });

describe('the pace of a lane', () => {
  it('lets the first flush start at once', () => {
    expect(paceOf({ flushIntervalMs: 10, patienceMs: 20 }).waitMs(1000, false, 1)).to.equal(-Infinity);
  });

  it('keeps starts an interval apart, whether the flush before has ended or not', () => {
    const pace = paceOf({ flushIntervalMs: 10 });
    pace.started(1000);
    expect(pace.waitMs(1004, true, 1)).to.equal(6);
    expect(pace.waitMs(1005, false, 1)).to.equal(5);
    expect(pace.waitMs(1010, false, 1)).to.equal(0);
  });

  it('does not wait for the interval where there is enough to flush, but for the flush under way', () => {
    const pace = paceOf({ flushIntervalMs: 10, patienceMs: 20 });
    pace.started(1000);
    expect(pace.waitMs(1004, false, 19)).to.equal(6);
    expect(pace.waitMs(1004, false, 20)).to.be.at.most(0);
    expect(pace.waitMs(1004, true, 20)).to.equal(16);
  });

  it('waits for the flush under way, but not longer than its patience', () => {
    const pace = paceOf({ flushIntervalMs: 1, patienceMs: 20 });
    pace.started(1000);
    expect(pace.waitMs(1002, true, 1)).to.equal(18);
    expect(pace.waitMs(1002, false, 1)).to.equal(-1);
    expect(pace.waitMs(1020, true, 1)).to.equal(0);
  });

  it('hardly waits for the flush under way where there is as much as a second worker is worth', () => {
    const pace = paceOf({ flushIntervalMs: 0, patienceMs: 20 });
    pace.started(1000);
    expect(pace.waitMs(1000.5, true, 299)).to.equal(19.5);
    expect(pace.waitMs(1000.5, true, 300)).to.equal(0.5);
    const impatient = paceOf({ patienceMs: 0 });
    impatient.started(1000);
    expect(impatient.waitMs(1000.5, true, 300)).to.be.at.most(0);
  });
});

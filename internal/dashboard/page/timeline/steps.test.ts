import { expect } from 'chai';

import { tailStart, type TimelineStep } from './steps.ts';

const HOUR = 3600;
const step = (start: number, issues: number): TimelineStep => ({
  ...{ start, end: start + HOUR, deploySeconds: 0, issueSeconds: issues, deploys: 0, issues },
});

describe('the newest intervals of steps', () => {
  it('begin with the step by which there are enough of them, or with the first', () => {
    const steps = [0, 1, 2, 3].map((hour) => step(hour * HOUR, 10));
    expect(tailStart(steps, 20)).to.equal(2 * HOUR);
    expect(tailStart(steps, 21)).to.equal(HOUR);
    expect(tailStart(steps, 100)).to.equal(0);
    expect(tailStart([], 20)).to.equal(undefined);
  });

  it('are of the last hours where a step has far more of them', () => {
    const day = { ...step(0, 50_000), end: 24 * HOUR };
    expect(tailStart([day], 200)).to.equal(21 * HOUR);
  });
});

import { expect } from 'chai';

import { Outcomes } from './tally.ts';

describe('the outcomes of requests', () => {
  it('are kept for any number of requests', () => {
    const outcomes = new Outcomes();
    outcomes.note(0, 'acknowledged');
    outcomes.note(1_000_000, 'uncertain');
    outcomes.note(5, 'not stored');
    expect(outcomes.is(0, 'acknowledged')).to.equal(true);
    expect(outcomes.is(1_000_000, 'uncertain')).to.equal(true);
    expect(outcomes.is(5, 'acknowledged')).to.equal(false);
    expect(outcomes).to.include({ acknowledged: 1, end: 1_000_001 });
  });

  it('say nothing of a request that was not sent', () => {
    const outcomes = new Outcomes();
    for (const outcome of ['acknowledged', 'uncertain', 'not stored'] as const) {
      expect(outcomes.is(7, outcome)).to.equal(false);
    }
  });
});

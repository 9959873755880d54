import { expect } from 'chai';

import { freshnessOf, reconnectDelayMs } from './freshness.ts';

const live = { begunMs: 0, isOpen: true, lastMessageMs: 100_000, now: 50, readAt: 49.5 };

describe('the mark of the connection', () => {
  it('is live while messages come that are true now', () => {
    expect(freshnessOf(live, 101_000)).to.equal('live');
  });

  it('is lost once the connection is closed, or nothing was heard for five seconds', () => {
    expect(freshnessOf({ ...live, isOpen: false }, 100_100)).to.equal('lost');
    expect(freshnessOf(live, 105_100)).to.equal('lost');
  });

  it('is old data while messages come that tell of the past', () => {
    expect(freshnessOf({ ...live, readAt: 44 }, 100_100)).to.equal('stale');
  });

  it('is connecting at first, and lost if that takes too long', () => {
    const first = { begunMs: 9000, isOpen: false, lastMessageMs: undefined, now: 0, readAt: 0 };
    expect(freshnessOf(first, 10_000)).to.equal('connecting');
    expect(freshnessOf(first, 15_000)).to.equal('lost');
  });
});

describe('the pause before the next try to connect', () => {
  it('doubles up to ten seconds, and is spread so that pages do not come back all at once', () => {
    expect([0, 1, 2, 10].map((failures) => reconnectDelayMs(failures, 1))).to.deep.equal([
      500, 1000, 2000, 10_000,
    ]);
    expect(reconnectDelayMs(10, 0)).to.equal(5000);
  });
});

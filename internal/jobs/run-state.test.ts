import { expect } from 'chai';

import { durationMs, stateOf } from './run-state.ts';

const SEEN = 1_700_000_000_000;
const running = { lastSeenMs: SEEN, lastStartMs: 5, lastEndMs: null };

describe('the state of a run', () => {
  it('is running while it is heard of', () => {
    expect(stateOf(running, SEEN)).to.equal('running');
    expect(stateOf(running, SEEN + 59_999)).to.equal('running');
    expect(stateOf({ ...running, lastStartMs: null }, SEEN)).to.equal('running');
  });

  it("is running if another replica's clock is ahead of ours", () => {
    expect(stateOf(running, SEEN - 5000)).to.equal('running');
  });

  it('is lost after 60 seconds of silence, and running when it is heard of again', () => {
    expect(stateOf(running, SEEN + 60_000)).to.equal('lost');
    expect(stateOf({ ...running, lastSeenMs: SEEN + 60_000 }, SEEN + 60_000)).to.equal('running');
  });

  it('is finished once its end is known, for ever', () => {
    const finished = { ...running, lastEndMs: 9 };
    expect(stateOf(finished, SEEN)).to.equal('finished');
    expect(stateOf(finished, SEEN + 1e9)).to.equal('finished');
    expect(stateOf({ ...finished, lastStartMs: null }, SEEN)).to.equal('finished');
    expect(stateOf({ ...finished, lastStartMs: 9 }, SEEN), 'an end in the same millisecond').to.equal(
      'finished',
    );
  });

  it('is running or lost again after a start that is later than the last end', () => {
    const restarted = { ...running, lastStartMs: 10, lastEndMs: 9 };
    expect(stateOf(restarted, SEEN)).to.equal('running');
    expect(stateOf(restarted, SEEN + 60_000)).to.equal('lost');
    expect(stateOf({ ...restarted, lastEndMs: 12 }, SEEN)).to.equal('finished');
  });
});

describe('the duration of a run', () => {
  it('is from its first start to its last end', () => {
    expect(durationMs({ firstStartMs: 5, lastEndMs: 12 })).to.equal(7);
    expect(durationMs({ firstStartMs: 5, lastEndMs: 5 })).to.equal(0);
  });

  it('is null while one of them is missing', () => {
    expect(durationMs({ firstStartMs: null, lastEndMs: 12 })).to.equal(null);
    expect(durationMs({ firstStartMs: 5, lastEndMs: null })).to.equal(null);
    expect(durationMs({ firstStartMs: 5, lastEndMs: 4 }), 'the end of something before').to.equal(null);
  });
});

import { expect } from 'chai';
import fc from 'fast-check';

import { afterCheck, afterTick, failingSince, MAX_CATCH_UP_SECONDS, type Failing } from './failing.ts';

const CLOSE_SECONDS = 18;

/** What happens, each so many milliseconds after the one before. */
interface Happening {
  readonly afterMs: number;
  readonly what: 'ok' | 'fail' | 'tick' | 'restart';
}

const START_MS = 1_700_000_000_000;

/** All seconds that are reported, in order. */
function reported(happenings: readonly Happening[]): number[] {
  let state: Failing = failingSince(undefined);
  let last: { second: number; failed: boolean } | undefined;
  let nowMs = START_MS;
  const seconds: number[] = [];
  for (const { afterMs, what } of happenings) {
    nowMs += afterMs;
    const second = Math.floor(nowMs / 1000);
    if (what === 'restart') {
      state = failingSince(last);
      continue;
    }
    const failed = what === 'fail';
    const step =
      what === 'tick' ? afterTick(state, second) : afterCheck(state, second, failed, CLOSE_SECONDS);
    if (what !== 'tick') last = { second, failed };
    state = step.state;
    seconds.push(...step.seconds);
  }
  return seconds;
}

/** The same, second by second from the definition. */
function model(happenings: readonly Happening[]): number[] {
  const seconds = new Set<number>();
  let nowMs = START_MS;
  /** Of the last check, if that failed. */
  let failedSecond: number | undefined;
  let restarted = false;
  for (const { afterMs, what } of happenings) {
    nowMs += afterMs;
    const second = Math.floor(nowMs / 1000);
    if (what === 'restart') restarted = true;
    // Only checks tell anything after a restart.
    if (what === 'restart' || (what === 'tick' && restarted)) continue;
    // What is unknown is not failing.
    const isUnknown = restarted && failedSecond !== undefined && second - failedSecond > CLOSE_SECONDS;
    if (isUnknown) failedSecond = undefined;
    restarted = false;
    for (let over = failedSecond ?? second; over < second; over++) seconds.add(over);
    if (what === 'fail') {
      if (failedSecond === undefined) seconds.add(second);
      failedSecond = second;
    } else if (what === 'ok') failedSecond = undefined;
  }
  return inOrder(seconds);
}

const inOrder = (seconds: Iterable<number>) => [...new Set(seconds)].sort((a, b) => a - b);

const arbitraryHappenings = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 0, max: (MAX_CATCH_UP_SECONDS - 1) * 1000 }),
    what: fc.constantFrom(
      'ok' as const,
      'fail' as const,
      'fail' as const,
      'tick' as const,
      'restart' as const,
    ),
  }),
  { maxLength: 30 },
);

const at = (...happenings: [afterSeconds: number, what: Happening['what']][]) =>
  inOrder(reported(happenings.map(([afterSeconds, what]) => ({ afterMs: afterSeconds * 1000, what })))).map(
    (second) => second - START_MS / 1000,
  );

describe('the seconds in which a target is failing', () => {
  it('are those of the definition, whatever happens', () => {
    fc.assert(
      fc.property(arbitraryHappenings, (happenings) => {
        expect(inOrder(reported(happenings))).to.deep.equal(model(happenings));
      }),
      { numRuns: 3000 },
    );
  });

  it('begin with the first failure at once, and end before the first success', () => {
    expect(at([5, 'fail'])).to.deep.equal([5]);
    expect(at([5, 'fail'], [3, 'tick'])).to.deep.equal([5, 6, 7]);
    expect(at([5, 'fail'], [3, 'ok'], [9, 'tick'])).to.deep.equal([5, 6, 7]);
    expect(at([5.1, 'fail'], [0.5, 'ok'])).to.deep.equal([5]);
  });

  it('go on through a restart if the next check comes soon', () => {
    expect(at([1, 'fail'], [2, 'restart'], [2, 'tick'], [1, 'fail'])).to.deep.equal([1, 2, 3, 4, 5]);
    expect(at([1, 'fail'], [2, 'restart'], [2, 'ok'])).to.deep.equal([1, 2, 3, 4]);
    expect(at([1, 'fail'], [CLOSE_SECONDS, 'restart'], [0, 'fail'])).to.have.length(CLOSE_SECONDS);
  });

  it('are unknown in a longer time in between', () => {
    expect(at([1, 'fail'], [0, 'restart'], [CLOSE_SECONDS + 1, 'fail'])).to.deep.equal([
      1,
      CLOSE_SECONDS + 2,
    ]);
    expect(at([1, 'fail'], [0, 'restart'], [CLOSE_SECONDS + 1, 'ok'])).to.deep.equal([1]);
  });

  it('are caught up with after a delay, but only the last ones', () => {
    expect(at([1, 'fail'], [100, 'tick'])).to.deep.equal([1, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100]);
  });

  it('go on when the clock is set back', () => {
    expect(at([100, 'fail'], [-50, 'tick'], [2, 'tick'])).to.deep.equal([51, 100]);
    expect(at([100, 'fail'], [-50, 'fail'], [2, 'tick'])).to.deep.equal([50, 51, 100]);
  });
});

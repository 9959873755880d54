import { expect } from 'chai';

import { until } from '../testing/until.ts';
import { ThreadStarts } from './thread-starts.ts';

const FAR_MS = 60_000;

/** Somebody who wants to start a thread, and asks again when it is told to. */
class Starter {
  end: (() => void) | undefined;
  timesTold = 0;
  readonly #starts: ThreadStarts;

  constructor(starts: ThreadStarts) {
    this.#starts = starts;
  }

  readonly ask = (): void => {
    this.end = this.#starts.begin(this.#again);
  };

  forget(): void {
    this.#starts.forget(this.#again);
  }

  readonly #again = (): void => {
    this.timesTold++;
    this.ask();
  };
}

function starters(longestTurnMs = FAR_MS) {
  const starts = new ThreadStarts(longestTurnMs);
  const all = [new Starter(starts), new Starter(starts), new Starter(starts)] as const;
  for (const { ask } of all) ask();
  return all;
}

const whoStarts = (all: readonly Starter[]) => all.map(({ end }) => end !== undefined);

describe('the starts of threads', () => {
  it('come one after the other, in the order in which they were asked for', () => {
    const [a, b, c] = starters();
    expect(whoStarts([a, b, c])).to.deep.equal([true, false, false]);
    a.end?.();
    expect(whoStarts([b, c])).to.deep.equal([true, false]);
    b.end?.();
    expect(c.end).to.not.equal(undefined);
    expect([a, b, c].map(({ timesTold }) => timesTold)).to.deep.equal([0, 1, 1]);
    c.end?.();
  });

  it('are each ended once, however often that is told', () => {
    const [a, b, c] = starters();
    a.end?.();
    a.end?.();
    expect(whoStarts([b, c])).to.deep.equal([true, false]);
    b.end?.();
    c.end?.();
  });

  it('pass over who does not want to any more', () => {
    const [a, b, c] = starters();
    b.forget();
    a.end?.();
    expect(whoStarts([b, c])).to.deep.equal([false, true]);
    c.end?.();
  });

  it('do not wait for one that takes too long', async () => {
    const [a, b, c] = starters(10);
    await until('the next has its turn', () => b.end !== undefined);
    a.end?.();
    await until('the last has its turn', () => c.end !== undefined);
    c.end?.();
  });
});

import { expect } from 'chai';

import { untilAllAccepted } from './accepting.ts';

/** How many whole turns it waits for, of turns that accept so many connections and take so many milliseconds each. */
async function turnsTaken(
  all: readonly { readonly accepts: number; readonly ms: number }[],
): Promise<number> {
  let nowMs = 0;
  let accepted = 0;
  let turns = -1;
  await untilAllAccepted(
    () => accepted,
    () => nowMs,
    () => {
      // The first is what is left of the one that it is called in.
      if (++turns === 0) return Promise.resolve();
      const { accepts = 0, ms = Infinity } = all[turns - 1] ?? {};
      accepted += accepts;
      nowMs += ms;
      return Promise.resolve();
    },
  );
  return turns;
}

describe('all that has connected is accepted', () => {
  it('after one turn of the loop at least', async () => {
    expect(await turnsTaken([{ accepts: 0, ms: 0 }])).to.equal(1);
  });

  it('once a turn accepts none', async () => {
    const one = { accepts: 1, ms: 0.1 };
    expect(await turnsTaken([one, one, one, { accepts: 0, ms: 0.1 }, one])).to.equal(4);
  });

  it('once a turn was short as well: others may have connected in a long one', async () => {
    const long = { accepts: 0, ms: 5 };
    expect(await turnsTaken([long, long, { accepts: 0, ms: 0.1 }, long])).to.equal(3);
  });

  it('or it is waited for no longer than half a second', async () => {
    const long = { accepts: 1, ms: 200 };
    expect(await turnsTaken([long, long, long, long])).to.equal(3);
  });
});

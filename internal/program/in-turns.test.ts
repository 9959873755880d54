import { expect } from 'chai';

import { inTurns, piecesOf } from './in-turns.ts';

/** What was done, and where the loop had a turn, of items that take so many milliseconds each. */
async function doneWith(itemsMs: readonly number[]): Promise<(number | 'turn')[]> {
  let nowMs = 0;
  const done: (number | 'turn')[] = [];
  await inTurns(
    itemsMs,
    (ms) => {
      nowMs += ms;
      done.push(ms);
    },
    () => nowMs,
    () => {
      done.push('turn');
      return Promise.resolve();
    },
  );
  return done;
}

describe('work in turns', () => {
  it('is done at once where there is little of it', async () => {
    expect(await doneWith([3, 3, 3])).to.deep.equal([3, 3, 3]);
  });

  it('lets the loop have a turn each ten milliseconds', async () => {
    expect(await doneWith([6, 6, 1, 20, 3])).to.deep.equal([6, 6, 'turn', 1, 20, 'turn', 3]);
  });

  it('is nothing where there are no items', async () => {
    expect(await doneWith([])).to.deep.equal([]);
  });
});

describe('pieces of a list', () => {
  it('are of the same size, but for the last', () => {
    expect([...piecesOf([1, 2, 3, 4, 5], 2)]).to.deep.equal([[1, 2], [3, 4], [5]]);
    expect([...piecesOf([], 2)]).to.deep.equal([]);
  });
});

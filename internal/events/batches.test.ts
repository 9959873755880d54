import { expect } from 'chai';

import { smallestIdOf, timeOrderedId } from './batches.ts';

describe('a batch id', () => {
  it('is a UUID of version 7', () => {
    expect(timeOrderedId(1_700_000_000_123.9)).to.match(
      /^018bcfe5-687b-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
    );
  });

  it('is another one each time', () => {
    expect(new Set(Array.from({ length: 1000 }, () => timeOrderedId(5))).size).to.equal(1000);
  });

  it('sorts by its time', () => {
    const ids = [smallestIdOf(1000), timeOrderedId(1000), smallestIdOf(1001), timeOrderedId(2 ** 40)];
    expect(ids.toSorted()).to.deep.equal(ids);
  });
});

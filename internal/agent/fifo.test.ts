import { expect } from 'chai';

import { Fifo } from './delivery.ts';

describe('the first-in-first-out queue', () => {
  it('gives items back in their order, also when its waste is removed in between', () => {
    const queue = new Fifo<number>();
    const taken: (number | undefined)[] = [];
    for (let item = 0; item < 10_000; item++) {
      queue.push(item);
      if (item % 3 > 0) taken.push(queue.shift());
    }
    expect(queue.length).to.equal(10_000 - taken.length);
    while (queue.length > 0) taken.push(queue.shift());
    expect(taken).to.deep.equal(Array.from({ length: 10_000 }, (_, item) => item));
    expect(queue.shift()).to.equal(undefined);
  });
});

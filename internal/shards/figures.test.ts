import { expect } from 'chai';

import { mergeFigures, WorkerRegistry } from './figures.ts';

describe('the figures of several processes', () => {
  it('list the workers of all oldest first, and of the same age the one with the lowest id', () => {
    const figuresOf = (idsAfter: number, times: number[]) => {
      const registry = new WorkerRegistry(idsAfter, () => times.shift() ?? 0);
      for (let threadId = 1; times.length > 0; threadId++) registry.created(threadId, 0);
      return { workers: registry.all(), shards: [], measures: [] };
    };
    const merged = mergeFigures([figuresOf(200, [1000, 3000]), figuresOf(100, [1000, 2000, 3000])]);
    expect(merged.workers.map(({ id }) => id)).to.deep.equal([101, 201, 102, 103, 202]);
  });
});

describe('the register of workers', () => {
  it('lists the oldest first, and of the same age the one with the lowest id', () => {
    const times = [3000, 1000, 2000, 1000];
    const timed = new WorkerRegistry(100, () => times.shift() ?? 0);
    for (const threadId of [1, 9, 2, 3]) timed.created(threadId, 0);
    expect(timed.all().map(({ id }) => id)).to.deep.equal([103, 109, 102, 101]);
  });
});

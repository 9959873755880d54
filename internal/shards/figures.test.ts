import { expect } from 'chai';

import { mergeFigures, ofReplica, WorkerRegistry } from './figures.ts';

describe('the figures of several processes', () => {
  it('list the workers of all oldest first, with ids of their own, and of the same age the one with the lowest id', () => {
    const figuresOf = (replica: string, first: number, times: number[]) => {
      const registry = new WorkerRegistry(() => times.shift() ?? 0);
      for (let threadId = 1; times.length > 0; threadId++) registry.created(threadId, 2);
      return { ...ofReplica({ workers: registry.all(), shards: [] }, replica, 2, first), measures: [] };
    };
    const merged = mergeFigures([figuresOf('b', 5, [1000, 3000]), figuresOf('a', 0, [1000, 2000, 3000])]);
    expect(merged.workers.map(({ id, shardId, replica }) => [id, shardId, replica])).to.deep.equal([
      [1, 0, 'a'],
      [5_000_000_001, 5, 'b'],
      [2, 0, 'a'],
      [3, 0, 'a'],
      [5_000_000_002, 5, 'b'],
    ]);
  });
});

describe('the register of workers', () => {
  it('lists the oldest first, and of the same age the one with the lowest id', () => {
    const times = [3000, 1000, 2000, 1000];
    const timed = new WorkerRegistry(() => times.shift() ?? 0);
    for (const threadId of [1, 9, 2, 3]) timed.created(threadId, 0);
    expect(timed.all().map(({ id }) => id)).to.deep.equal([3, 9, 2, 1]);
  });

  it('counts what a worker did before it was known', () => {
    const registry = new WorkerRegistry(() => 0);
    registry.count(7, 2);
    registry.count(7, 3);
    registry.created(7, 1);
    registry.created(8, 1);
    registry.count(7, 1);
    expect(registry.all().map(({ id, events }) => [id, events])).to.deep.equal([
      [7, 6],
      [8, 0],
    ]);
  });
});

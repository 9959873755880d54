import { expect } from 'chai';

import { WorkerRegistry } from './worker-registry.ts';

describe('the register of workers', () => {
  let registry: WorkerRegistry;
  const counts = () => registry.all().map(({ events }) => events);

  beforeEach(() => {
    registry = new WorkerRegistry();
    for (const id of [1, 2]) registry.created(id, 0);
  });

  it('counts the commits of an acknowledged request for the workers that made them', async () => {
    await registry.acknowledge([
      { events: 3, workerId: Promise.resolve(2) },
      { events: 4, workerId: Promise.resolve(1) },
      { events: 5, workerId: Promise.resolve(2) },
    ]);
    expect(counts()).to.deep.equal([4, 8]);
  });

  it('counts nothing of a request of which one commit failed', async () => {
    const failure = new Error('not committed');
    const told = registry.acknowledge([
      { events: 3, workerId: Promise.resolve(1) },
      { events: 4, workerId: Promise.reject(failure) },
    ]);
    expect(await told.catch((error: unknown) => error)).to.equal(failure);
    expect(counts()).to.deep.equal([0, 0]);
  });

  it('lists the oldest first, and of the same age the one with the lowest id', () => {
    const times = [3000, 1000, 2000, 1000];
    const timed = new WorkerRegistry(100, () => times.shift() ?? 0);
    for (const threadId of [1, 9, 2, 3]) timed.created(threadId, 0);
    expect(timed.all().map(({ id }) => id)).to.deep.equal([103, 109, 102, 101]);
  });

  it('counts for a worker that finished meanwhile', async () => {
    registry.finished(1);
    await registry.acknowledge([{ events: 3, workerId: Promise.resolve(1) }]);
    expect(counts()).to.deep.equal([3, 0]);
  });
});

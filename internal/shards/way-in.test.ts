import { expect } from 'chai';

import { FakeWorkers, appendWhole, laneOf, refusal } from './testing/fake-workers.ts';
import { ShardLoad } from './queue.ts';
import { WayIn } from './shards.ts';

/** Makes a shard one that has just committed something, or has not for a while. */
function committedAgo(load: ShardLoad, ms: number): void {
  load.queue(1);
  load.depart(1);
  load.land(1, performance.now() - ms);
}

/** Two shards that are busy for the rest of the test, each with a lane of its own, and a lane that they share. */
function twoShards(roomEvents = 10_000) {
  const [workers, sharedWorkers] = [new FakeWorkers(), new FakeWorkers()];
  const told: unknown[] = [];
  const shards = ['a', 'b'].map((name) => {
    const load = new ShardLoad(roomEvents, (result, events) => told.push([name, result.outcome, events]));
    committedAgo(load, -60_000);
    return { load, own: laneOf(workers, { batchSize: 20_000 }).lane.queue };
  });
  const shared = laneOf(sharedWorkers, { batchSize: 20_000 }).lane.queue;
  const [a, b] = shards.map(({ load, own }) => ({ load, entry: new WayIn(load, workers, own, shared) }));
  if (a === undefined || b === undefined) throw new Error('there are two');
  return { a, b, workers, sharedWorkers, told };
}

describe('the way in of one shard', () => {
  it('puts few events at a time of busy shards into one batch with those of other shards', async () => {
    const { a, b, workers, sharedWorkers, told } = twoShards();
    const requests = [appendWhole(a, 1), appendWhole(b, 2, 3), appendWhole(a, 4)];
    await sharedWorkers.untilFlushes(1);
    expect(sharedWorkers.batches).to.deep.equal([[1, 2, 3, 4]]);
    expect(workers.batches).to.deep.equal([]);
    expect([a.load.eventsInFlight, b.load.eventsInFlight]).to.deep.equal([2, 2]);
    sharedWorkers.commit();
    expect(await Promise.all(requests)).to.deep.equal(['committed', 'committed', 'committed']);
    expect(told).to.deep.equal([
      ['a', 'committed', 2],
      ['b', 'committed', 2],
    ]);
    expect([a.load.eventsInFlight, b.load.eventsInFlight]).to.deep.equal([0, 0]);
  });

  it('has the own lane of a shard at rest begin', async () => {
    const { a, b, workers, sharedWorkers } = twoShards();
    committedAgo(a.load, 2000);
    const requests = [appendWhole(a, 1), appendWhole(b, 2), appendWhole(a, 3)];
    await workers.untilFlushes(1);
    await sharedWorkers.untilFlushes(1);
    expect(workers.batches).to.deep.equal([[1, 3]]);
    expect(sharedWorkers.batches).to.deep.equal([[2]]);
    workers.commit();
    await requests[2];
    requests.push(appendWhole(a, 4));
    sharedWorkers.commit();
    await sharedWorkers.untilFlushes(2);
    expect(sharedWorkers.batches).to.deep.equal([[2], [4]]);
    sharedWorkers.commit();
    expect(new Set(await Promise.all(requests))).to.deep.equal(new Set(['committed']));
  });

  it('keeps to its own lane while its workers fail', async () => {
    const { a, workers, sharedWorkers } = twoShards();
    workers.isFailing = true;
    const request = appendWhole(a, 1);
    await workers.untilFlushes(1);
    expect(sharedWorkers.batches).to.deep.equal([]);
    workers.commit();
    expect(await request).to.equal('committed');
  });

  it('puts many events at a time of busy shards into one batch, too', async () => {
    const { a, b, workers, sharedWorkers } = twoShards();
    const many = Array.from({ length: 1000 }, (_, value) => value);
    const requests = [appendWhole(a, ...many), appendWhole(b, ...many), appendWhole(a, 7)];
    await sharedWorkers.untilFlushes(1);
    expect(sharedWorkers.batches.map(({ length }) => length)).to.deep.equal([2001]);
    expect(workers.batches).to.deep.equal([]);
    sharedWorkers.commit();
    expect(new Set(await Promise.all(requests))).to.deep.equal(new Set(['committed']));
  });

  it('is bounded by what is queued of its own shard, in both lanes', async () => {
    const { a, b, workers, sharedWorkers } = twoShards(1001);
    const many = Array.from({ length: 1000 }, (_, value) => value);
    workers.isFailing = true;
    const requests = [appendWhole(a, ...many)];
    workers.isFailing = false;
    requests.push(appendWhole(a, 1));
    expect(refusal(() => a.entry.requireRoom(1))).to.equal('queue-full');
    expect(refusal(() => appendWhole(a, 2))).to.equal('queue-full');
    requests.push(appendWhole(b, 3));
    await workers.untilFlushes(1);
    await sharedWorkers.untilFlushes(1);
    expect(sharedWorkers.batches).to.deep.equal([[1, 3]]);
    expect(a.load.queuedEvents).to.equal(0);
    workers.commit();
    sharedWorkers.commit();
    expect(new Set(await Promise.all(requests))).to.deep.equal(new Set(['committed']));
  });

  it('gives the room back to each shard when a batch expires in the queue', async () => {
    const workers = new FakeWorkers();
    const shared = laneOf(workers, { flushTimeoutMs: 20 }).lane.queue;
    const loads = [0, 1].map(() => new ShardLoad(10, () => undefined));
    for (const load of loads) committedAgo(load, -60_000);
    const entries = loads.map((load) => new WayIn(load, workers, shared, shared));
    const requests = entries.map((entry) => appendWhole({ entry }, 1));
    await workers.untilFlushes(1);
    requests.push(...entries.map((entry) => appendWhole({ entry }, 2, 3)));
    expect(loads.map(({ queuedEvents }) => queuedEvents)).to.deep.equal([2, 2]);
    expect(new Set(await Promise.all(requests))).to.deep.equal(new Set(['flush-timeout']));
    expect(loads.map(({ queuedEvents }) => queuedEvents)).to.deep.equal([0, 0]);
    workers.commit();
  });
});

import { expect } from 'chai';

import { createLogger } from '../telemetry/logger.ts';
import { Shards, type WayIn } from './shards.ts';
import type { Boot, Deed } from './testing/faulty-worker.ts';

function shardsOf(boot: Boot, flushTimeoutMs = 60_000): Shards {
  return new Shards({
    workers: [1, 1, 1],
    workerIdleTimeoutMs: 60_000,
    maxQueuedEvents: 10,
    limits: { batchSize: 5, flushIntervalMs: 0, flushTimeoutMs },
    workerFile: new URL('testing/faulty-worker.js', import.meta.url),
    connectionString: boot,
    connectTimeoutMs: 1000,
    logger: createLogger('silent'),
  });
}

function lanesTo(shards: Shards, deed: Deed, { mayShare = false } = {}) {
  return shards.lanes({ sink: deed, maxInFlight: 1, mayShare, emptyColumns: () => [] });
}

/** Appends one event and resolves to what its request would be told. */
function appendOne(lane: Pick<WayIn<unknown>, 'append'>): Promise<string> {
  return lane
    .append(1, () => undefined)
    .committedBy.then(
      () => 'committed',
      (error: unknown) => String(error),
    );
}

describe('the shards', () => {
  it('give a key the same lane each time, and different keys several lanes', async () => {
    const shards = shardsOf('well');
    const lanes = lanesTo(shards, 'commit');
    expect(lanes.of('web')).to.equal(lanes.of('web'));
    const keys = Array.from({ length: 100 }, (_, index) => `service ${index}`);
    expect(new Set(keys.map((key) => lanes.of(key))).size).to.equal(3);
    await shards.stop(1000);
  });

  it('watch and stop the lane that all share, too', async () => {
    const shards = shardsOf('well');
    const lanes = lanesTo(shards, 'commit', { mayShare: true });
    const watched: boolean[] = [];
    lanes.onCommitted((_, isCommitted) => watched.push(isCommitted));
    expect(await Promise.all([0, 1, 2].map((shard) => appendOne(lanes.at(shard))))).to.include('committed');
    const before = watched.length;
    const told = [0, 1, 2].map((shard) => appendOne(lanes.at(shard)));
    await shards.stop(20_000);
    expect(await Promise.all(told)).to.deep.equal(told.map(() => 'committed'));
    expect(watched.length).to.be.above(before);
  });

  it('carry few events of a shard whose workers are lost, too', async () => {
    const shards = shardsOf('well');
    const lanes = lanesTo(shards, 'commit', { mayShare: true });
    expect(await appendOne(lanes.at(0))).to.equal('committed');
    expect(await appendOne(lanesTo(shards, 'exit').at(0))).to.contain('did not commit');
    expect(shards.whyNotReady()).to.be.a('string');
    expect(await appendOne(lanes.at(0))).to.equal('committed');
    expect(shards.whyNotReady()).to.equal(undefined);
    await shards.stop(1000);
  });

  it('are each other no hindrance: one without workers fails, the others commit', async () => {
    const shards = shardsOf('well');
    const [broken, good] = [lanesTo(shards, 'exit').of('a'), lanesTo(shards, 'commit').of('b')];
    const told = await Promise.all([appendOne(broken), appendOne(good)]);
    expect(told[0]).to.contain('did not commit');
    expect(told[1]).to.equal('committed');
    await shards.stop(1000);
  });

  it('start with their own workers, then flush together what is few, and count it for each', async () => {
    const shards = shardsOf('well');
    const lanes = lanesTo(shards, 'commit', { mayShare: true });
    const committedBy = async () => {
      const commits = [0, 1, 2].map((shard) => lanes.at(shard).append(1, () => undefined));
      return Promise.all(commits.map(({ committedBy }) => committedBy));
    };
    const own = await committedBy();
    expect(shards.figures().workers.map(({ id, shardId }) => [id, shardId])).to.have.deep.members(
      own.map((id, shardId) => [id, shardId]),
    );
    // Many times: a busy machine may take a shard for one at rest.
    const together: number[][] = [];
    for (let round = 0; round < 20; round++) together.push(await committedBy());
    expect(together.some((by) => new Set(by).size === 1)).to.equal(true);
    expect(shards.figures().shards.map(({ events }) => events)).to.deep.equal([21, 21, 21]);
    await shards.stop(1000);
  });

  it('say that they are not ready while workers do not start', async () => {
    const shards = shardsOf('throw');
    expect(shards.whyNotReady()).to.equal(undefined);
    expect(await appendOne(lanesTo(shards, 'commit').of('a'))).to.contain('did not commit');
    expect(shards.whyNotReady()).to.be.a('string');
    await shards.stop(1000);
  });

  it('stop in time while a worker hangs, and tell its requests', async () => {
    const shards = shardsOf('well');
    const told = appendOne(lanesTo(shards, 'loop').of('a'));
    const startedAtMs = performance.now();
    await Promise.all([shards.stop(100), shards.stop(100)]);
    expect(performance.now() - startedAtMs).to.be.below(3000);
    expect(await told).to.contain('did not commit');
  });

  it('commit what is queued before they stop', async () => {
    const shards = shardsOf('well');
    const lanes = lanesTo(shards, 'commit');
    const told = ['a', 'b', 'c', 'd'].map((key) => appendOne(lanes.of(key)));
    await shards.stop(20_000);
    expect(await Promise.all(told)).to.deep.equal(told.map(() => 'committed'));
  });
});

describe('acknowledging a request', () => {
  let shards: Shards;
  const counts = () => shards.workers.all().map(({ events }) => events);

  beforeEach(() => {
    shards = shardsOf('well');
    for (const id of [1, 2]) shards.workers.created(id, 0);
  });

  it('counts its commits for the workers that made them', async () => {
    await shards.acknowledge([
      { events: 3, committedBy: Promise.resolve(2) },
      { events: 4, committedBy: Promise.resolve(1) },
      { events: 5, committedBy: Promise.resolve(2) },
    ]);
    expect(counts()).to.deep.equal([4, 8]);
  });

  it('counts nothing if one commit failed', async () => {
    const failure = new Error('not committed');
    const told = shards.acknowledge([
      { events: 3, committedBy: Promise.resolve(1) },
      { events: 4, committedBy: Promise.reject(failure) },
    ]);
    expect(await told.catch((error: unknown) => error)).to.equal(failure);
    expect(counts()).to.deep.equal([0, 0]);
  });

  it('counts nothing of a request that was told something else meanwhile', async () => {
    const commit = (events: number, workerId: number) => ({ events, committedBy: Promise.resolve(workerId) });
    await shards.acknowledge([commit(3, 1)], { headersSent: true });
    await shards.acknowledge([commit(3, 1), commit(4, 2)], { headersSent: true });
    expect(counts()).to.deep.equal([0, 0]);
    await shards.acknowledge([commit(3, 1)], { headersSent: false });
    expect(counts()).to.deep.equal([3, 0]);
  });

  it('counts for a worker that finished meanwhile', async () => {
    shards.workers.finished(1);
    await shards.acknowledge([{ events: 3, committedBy: Promise.resolve(1) }]);
    expect(counts()).to.deep.equal([3, 0]);
  });
});

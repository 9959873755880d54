import { expect } from 'chai';

import { createLogger } from '../telemetry/logger.ts';
import type { Lane } from './lane.ts';
import { Shards } from './shards.ts';
import type { Boot, Deed } from './testing/faulty-worker.ts';

function shardsOf(boot: Boot, flushTimeoutMs = 60_000): Shards {
  return new Shards({
    shards: 3,
    workersPerShard: 1,
    workerIdleTimeoutMs: 60_000,
    maxQueuedEvents: 10,
    limits: { batchSize: 5, flushIntervalMs: 0, flushTimeoutMs },
    workerFile: new URL('testing/faulty-worker.js', import.meta.url),
    connectionString: boot,
    connectTimeoutMs: 1000,
    onChanged: () => undefined,
    logger: createLogger('silent'),
  });
}

function lanesTo(shards: Shards, deed: Deed) {
  return shards.lanes({ sink: deed, maxInFlight: 1, emptyColumns: () => [] });
}

/** Appends one event and resolves to what its request would be told. */
function appendOne(lane: Pick<Lane<unknown>, 'append'>): Promise<string> {
  return Promise.all(lane.append(1, () => undefined).map(({ workerId }) => workerId)).then(
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

  it('are each other no hindrance: one without workers fails, the others commit', async () => {
    const shards = shardsOf('well');
    const [broken, good] = [lanesTo(shards, 'exit').of('a'), lanesTo(shards, 'commit').of('b')];
    const told = await Promise.all([appendOne(broken), appendOne(good)]);
    expect(told[0]).to.contain('did not commit');
    expect(told[1]).to.equal('committed');
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

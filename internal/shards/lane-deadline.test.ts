import { expect } from 'chai';

import { until } from '../testing/until.ts';
import { append, FakeWorkers, laneOf } from './testing/fake-workers.ts';

const flushTimeoutMs = 30;

describe('the deadline of a batch', () => {
  it('drops a batch that is still queued, and gives its room back', async () => {
    const workers = new FakeWorkers(10);
    const lane = laneOf(workers, { flushTimeoutMs });
    const inFlight = append(lane, 1);
    await workers.untilFlushes(1);
    const queued = append(lane, 2, 3);
    expect(workers.load.queuedEvents).to.equal(2);
    expect(await Promise.all([inFlight, queued])).to.deep.equal(['flush-timeout', 'flush-timeout']);
    expect(workers.load.queuedEvents).to.equal(0);

    const later = append(lane, 4);
    workers.commit();
    await workers.untilFlushes(2);
    workers.commit();
    expect(await later).to.equal('committed');
    expect(workers.batches).to.deep.equal([[1], [4]]);
  });

  it('answers for a batch in flight, but starts no other before the verdict', async () => {
    const workers = new FakeWorkers();
    const lane = laneOf(workers, { flushTimeoutMs });
    expect(await append(lane, 1)).to.equal('flush-timeout');
    expect(await append(lane, 2)).to.equal('flush-timeout');
    expect(workers.batches).to.deep.equal([[1]]);
    workers.commit();
    void append(lane, 3);
    await workers.untilFlushes(2);
    expect(workers.batches).to.deep.equal([[1], [3]]);
  });

  it('does not count a commit that came too late: the same events come again', async () => {
    const workers = new FakeWorkers();
    const lane = laneOf(workers, { flushTimeoutMs });
    expect(await append(lane, 1)).to.equal('flush-timeout');
    expect(workers.load.eventsInFlight).to.equal(1);
    workers.commit();
    await lane.stop();
    expect(workers.load.eventsInFlight).to.equal(0);
    expect(workers.told).to.deep.equal([]);
    expect(workers.counted).to.deep.equal([]);
  });

  it('leaves a worker only the time that the batch has left', async () => {
    const workers = new FakeWorkers();
    const lane = laneOf(workers, { flushTimeoutMs: 60_000 });
    const first = append(lane, 1);
    await workers.untilFlushes(1);
    const second = append(lane, 2);
    const queuedAtMs = performance.now();
    await until('some time in the queue', () => performance.now() - queuedAtMs > 10);
    workers.commit();
    await workers.untilFlushes(2);
    expect(workers.tasks[0]?.timeoutMs).to.be.at.most(60_000);
    expect(workers.tasks[1]?.timeoutMs).to.be.at.most(59_990);
    workers.commit();
    await Promise.all([first, second]);
  });

  it('counts from the first event, also for requests that join the batch later', async () => {
    const workers = new FakeWorkers();
    const lane = laneOf(workers, { flushTimeoutMs, flushIntervalMs: 60_000 });
    const before = append(lane, 0);
    await workers.untilFlushes(1);
    workers.commit();
    await before;
    const startedAtMs = performance.now();
    const first = append(lane, 1);
    await until('some time in the queue', () => performance.now() - startedAtMs > 10);
    const second = append(lane, 2);
    expect(await Promise.all([first, second])).to.deep.equal(['flush-timeout', 'flush-timeout']);
    expect(workers.batches).to.deep.equal([[0]]);
    await lane.stop();
  });
});

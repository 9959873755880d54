import { expect } from 'chai';

import { append, FakeWorkers, laneOf, refusal } from './testing/fake-workers.ts';

describe('stopping a lane', () => {
  it('flushes what is queued without waiting for the interval', async () => {
    const workers = new FakeWorkers();
    const lane = laneOf(workers, { flushIntervalMs: 60_000 });
    const first = append(lane, 1);
    await workers.untilFlushes(1);
    workers.commit();
    await first;
    const told = append(lane, 2, 3);
    const stopped = lane.stop();
    expect(workers.batches).to.deep.equal([[1], [2, 3]]);
    workers.commit();
    expect(await told).to.equal('committed');
    await stopped;
  });

  it('ends only when all batches have ended, those behind one in flight too', async () => {
    const workers = new FakeWorkers();
    const lane = laneOf(workers, { batchSize: 2 });
    const told = append(lane, 1, 2, 3);
    let ended = false;
    const stopped = lane.stop().then(() => (ended = true));
    workers.commit();
    await workers.untilFlushes(2);
    expect(ended).to.equal(false);
    workers.fail();
    await stopped;
    expect(await told).to.equal('flush-failed');
  });

  it('takes nothing more', async () => {
    const workers = new FakeWorkers();
    const lane = laneOf(workers);
    await lane.stop();
    expect(lane.hasRoom(1)).to.equal(false);
    expect(refusal(() => append(lane, 1))).to.equal('stopping');
    expect(workers.batches).to.deep.equal([]);
  });

  it('is safe twice, at once and afterwards', async () => {
    const workers = new FakeWorkers();
    const lane = laneOf(workers);
    void append(lane, 1);
    const stopped = [lane.stop(), lane.stop()];
    workers.commit();
    await Promise.all(stopped);
    await lane.stop();
    expect(workers.batches).to.deep.equal([[1]]);
  });

  it('ends when the last queued batch is dropped at its deadline', async () => {
    const workers = new FakeWorkers();
    const lane = laneOf(workers, { flushTimeoutMs: 20 });
    const inFlight = append(lane, 1);
    await workers.untilFlushes(1);
    const queued = append(lane, 2);
    const stopped = lane.stop();
    expect(await Promise.all([inFlight, queued])).to.deep.equal(['flush-timeout', 'flush-timeout']);
    workers.fail();
    await stopped;
    expect(workers.batches).to.deep.equal([[1]]);
  });
});

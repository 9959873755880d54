import { expect } from 'chai';
import fc from 'fast-check';

import {
  append,
  appendWhole,
  FakeWorkers,
  laneOf,
  type NumberColumns,
  refusal,
} from './testing/fake-workers.ts';

describe('a lane', () => {
  it('gathers what arrives in one turn of the loop, and then what arrives while that is in flight', async () => {
    const workers = new FakeWorkers();
    const lane = laneOf(workers);
    const first = [append(lane, 1), append(lane, 2, 3)];
    expect(workers.batches).to.deep.equal([]);
    await workers.untilFlushes(1);

    const second = [append(lane, 4), append(lane, 5)];
    workers.commit();
    expect(await Promise.all(first)).to.deep.equal(['committed', 'committed']);
    await workers.untilFlushes(2);
    expect(workers.batches).to.deep.equal([
      [1, 2, 3],
      [4, 5],
    ]);
    workers.commit();
    expect(await Promise.all(second)).to.deep.equal(['committed', 'committed']);
  });

  it('flushes a full batch at once', async () => {
    const workers = new FakeWorkers();
    const told = append(laneOf(workers, { batchSize: 3, flushIntervalMs: 60_000 }), 1, 2, 3);
    expect(workers.batches).to.deep.equal([[1, 2, 3]]);
    workers.commit();
    expect(await told).to.equal('committed');
  });

  it('takes a batch for full whose columns are large, however few events it has', async () => {
    const workers = new FakeWorkers();
    const isFull = ({ values }: NumberColumns) => values.includes(1000);
    const lane = laneOf(workers, {}, { isFull });
    const told = append(lane, 1, 1000, 2);
    expect(workers.batches).to.deep.equal([[1, 1000]]);
    workers.commit();
    await workers.untilFlushes(2);
    expect(workers.batches).to.deep.equal([[1, 1000], [2]]);
    workers.commit();
    expect(await told).to.equal('committed');
  });

  it('flushes at once at rest, and then no sooner than the interval after the last start', async () => {
    const workers = new FakeWorkers();
    const lane = laneOf(workers, { flushIntervalMs: 20 });
    const startedAtMs = performance.now();
    const first = append(lane, 1);
    await workers.untilFlushes(1);
    workers.commit();
    await first;
    const second = [append(lane, 2), append(lane, 3)];
    await workers.untilFlushes(2);
    expect(performance.now() - startedAtMs).to.be.at.least(18); // Node's timers round to milliseconds.
    expect(workers.batches).to.deep.equal([[1], [2, 3]]);
    workers.commit();
    await Promise.all(second);
  });

  it('splits many events over batches, and one request waits for all of them', async () => {
    const workers = new FakeWorkers();
    const lane = laneOf(workers, { batchSize: 3 });
    const small = append(lane, 1);
    const large = append(lane, 2, 3, 4, 5, 6, 7);
    workers.commit();
    expect(await small).to.equal('committed');
    workers.commit();
    await workers.untilFlushes(3);
    expect(workers.batches).to.deep.equal([[1, 2, 3], [4, 5, 6], [7]]);
    workers.fail();
    expect(await large).to.equal('flush-failed');
  });

  it('keeps events together that must be, even if the batch before is not full then', async () => {
    const workers = new FakeWorkers();
    const lane = laneOf(workers, { batchSize: 3 });
    const told = [append(lane, 1), appendWhole(lane, 2, 3), appendWhole(lane, 4, 5), append(lane, 6, 7)];
    for (let flushes = 1; flushes <= 3; flushes++) {
      await workers.untilFlushes(flushes);
      workers.commit();
    }
    expect(workers.batches).to.deep.equal([[1, 2, 3], [4, 5, 6], [7]]);
    expect(new Set(await Promise.all(told))).to.deep.equal(new Set(['committed']));
  });

  it('gives events that belong together a batch of their own if they are more than a batch', async () => {
    const workers = new FakeWorkers();
    const lane = laneOf(workers, { batchSize: 2 });
    const told = [append(lane, 1), appendWhole(lane, 2, 3, 4), append(lane, 5)];
    for (let flushes = 1; flushes <= 3; flushes++) {
      await workers.untilFlushes(flushes);
      workers.commit();
    }
    expect(workers.batches).to.deep.equal([[1], [2, 3, 4], [5]]);
    expect(await Promise.all(told)).to.deep.equal(['committed', 'committed', 'committed']);
  });

  it('has no more batches in flight than allowed', async () => {
    const workers = new FakeWorkers();
    const lane = laneOf(workers, { batchSize: 1, maxInFlight: 2 });
    const told = append(lane, 1, 2, 3, 4);
    expect(workers.batches).to.deep.equal([[1], [2]]);
    workers.commit();
    await workers.untilFlushes(3);
    expect(workers.inFlight).to.equal(2);
    workers.commit();
    await workers.untilFlushes(4);
    workers.commit();
    workers.commit();
    expect(await told).to.equal('committed');
  });

  it('does not wait for a flush under way for longer than its patience', async () => {
    const workers = new FakeWorkers();
    const lane = laneOf(workers, { maxInFlight: 2, patienceMs: 20 });
    const startedAtMs = performance.now();
    const told = [append(lane, 1)];
    await workers.untilFlushes(1);
    told.push(append(lane, 2));
    await workers.untilFlushes(2);
    expect(performance.now() - startedAtMs).to.be.at.least(18); // Node's timers round to milliseconds.
    workers.commit();
    workers.commit();
    told.push(append(lane, 3));
    await workers.untilFlushes(3);
    workers.commit();
    expect(new Set(await Promise.all(told))).to.deep.equal(new Set(['committed']));
    expect(workers.batches).to.deep.equal([[1], [2], [3]]);
  });

  it('waits for the flush before only, not for one that was overtaken', async () => {
    const workers = new FakeWorkers();
    const lane = laneOf(workers, { batchSize: 2, maxInFlight: 3, patienceMs: 60_000 });
    const told = [append(lane, 1, 2), append(lane, 3, 4)]; // Full batches are not kept apart.
    expect(workers.inFlight).to.equal(2);
    told.push(append(lane, 5));
    workers.commitNewest();
    await workers.untilFlushes(3);
    expect(workers.batches).to.deep.equal([[1, 2], [3, 4], [5]]);
    workers.commit();
    workers.commit();
    expect(new Set(await Promise.all(told))).to.deep.equal(new Set(['committed']));
  });

  it('flushes as soon as the flush under way returns, although it would have been patient for long', async () => {
    const workers = new FakeWorkers();
    const lane = laneOf(workers, { maxInFlight: 2, patienceMs: 60_000 });
    const told = [append(lane, 1)];
    await workers.untilFlushes(1);
    told.push(append(lane, 2));
    workers.commit();
    await workers.untilFlushes(2);
    workers.commit();
    expect(await Promise.all(told)).to.deep.equal(['committed', 'committed']);
  });

  it('refuses at once and as a whole what does not fit', async () => {
    const workers = new FakeWorkers(5);
    const lane = laneOf(workers);
    const taken = append(lane, 1, 2, 3);
    expect(lane.hasRoom(2)).to.equal(true);
    expect(lane.hasRoom(3)).to.equal(false);
    expect(refusal(() => append(lane, 4, 5, 6))).to.equal('queue-full');
    expect(refusal(() => appendWhole(lane, 4, 5, 6))).to.equal('queue-full');
    expect(workers.load.queuedEvents).to.equal(3);
    await workers.untilFlushes(1);
    expect(workers.batches).to.deep.equal([[1, 2, 3]]);
    workers.commit();
    expect(await taken).to.equal('committed');
  });

  it('shares its room with the other lanes of its shard', async () => {
    const workers = new FakeWorkers(3);
    const [one, other] = [laneOf(workers), laneOf(workers)];
    const first = append(one, 1, 2);
    expect(refusal(() => append(other, 3, 4))).to.equal('queue-full');
    await workers.untilFlushes(1);
    const second = append(other, 3, 4); // What is in flight is queued no more.
    await workers.untilFlushes(2);
    workers.commit();
    workers.commit();
    expect(await Promise.all([first, second])).to.deep.equal(['committed', 'committed']);
  });

  it('tells the requests of a failed batch, and goes on', async () => {
    const workers = new FakeWorkers();
    const lane = laneOf(workers);
    const [first, second] = [append(lane, 1), append(lane, 2)];
    await workers.untilFlushes(1);
    workers.fail();
    expect(await Promise.all([first, second])).to.deep.equal(['flush-failed', 'flush-failed']);

    const wrong = append(lane, 3);
    await workers.untilFlushes(2);
    workers.fail({ transient: false });
    expect(await wrong).to.equal('Error: Flush failed: told to');

    const third = append(lane, 4);
    await workers.untilFlushes(3);
    workers.commit();
    expect(await third).to.equal('committed');
    expect(workers.told.map(({ outcome }) => outcome)).to.deep.equal(['failed', 'failed', 'committed']);
  });

  it('hands over every event once and in order, and gets its room back, whatever happens in between', () => {
    const step = fc.oneof(
      fc.record({ append: fc.integer({ min: 0, max: 7 }) }),
      fc.constantFrom('commit' as const, 'fail' as const),
    );
    const limits = fc.record({
      batchSize: fc.integer({ min: 1, max: 5 }),
      maxInFlight: fc.integer({ min: 1, max: 3 }),
    });
    return fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), limits, async (steps, chosen) => {
        const workers = new FakeWorkers(12);
        const lane = laneOf(workers, chosen);
        const answers: Promise<string>[] = [];
        let taken = 0;
        for (const next of steps) {
          if (typeof next === 'string') {
            if (workers.inFlight > 0) workers[next]();
            await Promise.resolve();
          } else if (lane.hasRoom(next.append)) {
            answers.push(append(lane, ...Array.from({ length: next.append }, () => taken++)));
          }
        }
        const stopped = lane.stop();
        while (workers.inFlight > 0) {
          workers.commit();
          await Promise.resolve();
        }
        await stopped;
        expect(workers.batches.flat()).to.deep.equal(Array.from({ length: taken }, (_, value) => value));
        expect([workers.load.queuedEvents, workers.load.eventsInFlight]).to.deep.equal([0, 0]);
        for (const told of await Promise.all(answers))
          expect(told).to.be.oneOf(['committed', 'flush-failed']);
      }),
    );
  });
});

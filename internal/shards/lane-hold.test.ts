import { expect } from 'chai';

import { append, FakeWorkers, laneOf, refusal } from './testing/fake-workers.ts';
import { UnavailableError } from './unavailable.ts';

/** A promise that ends when it is told to. */
function gate(): { readonly until: Promise<void>; readonly open: () => void; readonly break: () => void } {
  let open: () => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const until = new Promise<void>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { until, open: () => open(), break: () => fail(new Error('told to')) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a lane that is held', () => {
  it('starts no flush, full or not, until nobody holds it, whatever became of what they waited for', async () => {
    const workers = new FakeWorkers();
    const lane = laneOf(workers, { batchSize: 2 });
    const [first, second] = [gate(), gate()];
    lane.hold(first.until);
    lane.hold(second.until);
    const told = [append(lane, 1, 2), append(lane, 3)];
    first.open();
    await turn();
    expect(workers.batches).to.deep.equal([]);
    second.break();
    await workers.untilFlushes(1);
    workers.commit();
    await workers.untilFlushes(2);
    workers.commit();
    expect(await Promise.all(told)).to.deep.equal(['committed', 'committed']);
    expect(workers.batches).to.deep.equal([[1, 2], [3]]);
  });

  it('holds back the next flush, not the one in flight', async () => {
    const workers = new FakeWorkers();
    const lane = laneOf(workers);
    const first = append(lane, 1);
    await workers.untilFlushes(1);
    const { until, open } = gate();
    lane.hold(until);
    const second = append(lane, 2);
    workers.commit();
    expect(await first).to.equal('committed');
    await turn();
    expect(workers.batches).to.deep.equal([[1]]);
    open();
    await workers.untilFlushes(2);
    workers.commit();
    expect(await second).to.equal('committed');
  });

  it('tells requests at their deadline all the same', async () => {
    const workers = new FakeWorkers();
    const lane = laneOf(workers, { flushTimeoutMs: 20 });
    const { until, open } = gate();
    lane.hold(until);
    expect(await append(lane, 1)).to.equal('flush-timeout');
    open();
    await turn();
    expect(workers.batches).to.deep.equal([]);
  });

  it('flushes what it has when it is stopped', async () => {
    const workers = new FakeWorkers();
    const lane = laneOf(workers);
    lane.hold(gate().until);
    const told = append(lane, 1);
    const stopped = lane.stop();
    await workers.untilFlushes(1);
    workers.commit();
    expect(await told).to.equal('committed');
    await stopped;
  });
});

describe('who watches a lane', () => {
  it('is told of each flush before its requests are, and whether it was committed', async () => {
    const workers = new FakeWorkers();
    const lane = laneOf(workers);
    const told: unknown[] = [];
    lane.onCommitted(({ values }, isCommitted) => told.push([[...values], isCommitted]));
    const first = append(lane, 1, 2).then(() => expect(told).to.deep.equal([[[1, 2], true]]));
    await workers.untilFlushes(1);
    workers.commit();
    await first;
    const second = append(lane, 3);
    await workers.untilFlushes(2);
    workers.fail();
    await second;
    expect(told).to.deep.equal([
      [[1, 2], true],
      [[3], false],
    ]);
  });
});

describe('a lane that refuses for a reason', () => {
  it('takes nothing while there is one, at once, and goes on with what is queued', async () => {
    const workers = new FakeWorkers();
    const lane = laneOf(workers);
    let reason: string | undefined;
    lane.refuseWhile(() => reason);
    const told = append(lane, 1);
    reason = 'Too much waits.';
    expect(refusal(() => append(lane, 2))).to.equal('queue-full');
    expect(() => append(lane, 2)).to.throw(UnavailableError, 'Too much waits.');
    expect(lane.hasRoom(1)).to.equal(false);
    await workers.untilFlushes(1);
    reason = undefined;
    const again = append(lane, 3);
    workers.commit();
    await workers.untilFlushes(2);
    workers.commit();
    expect(await Promise.all([told, again])).to.deep.equal(['committed', 'committed']);
    expect(workers.batches).to.deep.equal([[1], [3]]);
  });
});

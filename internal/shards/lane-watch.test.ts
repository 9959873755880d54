import { expect } from 'chai';

import { append, FakeWorkers, laneOf, refusal } from './testing/fake-workers.ts';
import { UnavailableError } from './unavailable.ts';

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

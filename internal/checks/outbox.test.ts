import { expect } from 'chai';

import { until } from '../testing/until.ts';
import { Outbox } from './outbox.ts';

describe('the outbox', () => {
  let committed: number[];
  let tries: number;
  let dropped: number;
  let isAway: boolean;
  let staleBelow: number;
  let outbox: Outbox<number>;

  beforeEach(() => {
    [committed, tries, dropped, isAway, staleBelow] = [[], 0, 0, false, 0];
    outbox = new Outbox<number>({
      commit(item) {
        tries++;
        // As a full queue does: it throws at once.
        if (isAway) throw new Error('away');
        committed.push(item);
        return Promise.resolve();
      },
      isStale: (item) => item < staleBelow,
      maxItems: 3,
      retryMs: 1,
      onDropped: (items) => (dropped += items),
    });
  });

  afterEach(() => outbox.stop());

  it('commits what is added, in order', async () => {
    for (const item of [1, 2, 3]) outbox.add(item);
    await until('all are committed', () => committed.length === 3);
    expect(committed).to.deep.equal([1, 2, 3]);
  });

  it('tries again what could not be committed', async () => {
    isAway = true;
    outbox.add(1);
    outbox.add(2);
    await until('some tries', () => tries > 6);
    isAway = false;
    await until('all are committed', () => committed.length === 2);
    expect([...committed].sort()).to.deep.equal([1, 2]);
    expect(dropped).to.equal(0);
  });

  it('gives up what it is too late for', async () => {
    isAway = true;
    outbox.add(1);
    outbox.add(2);
    await until('some tries', () => tries > 3);
    staleBelow = 2;
    await until('one is given up', () => dropped === 1);
    isAway = false;
    await until('the other is committed', () => committed.length === 1);
    expect(committed).to.deep.equal([2]);
  });

  it('gives up the oldest of too many', () => {
    outbox.hold();
    for (const item of [1, 2, 3, 4, 5]) outbox.add(item);
    expect(dropped).to.equal(2);
    outbox.release();
    return until('the others are committed', () => committed.join() === '3,4,5');
  });

  it('holds, and then releases or drops', async () => {
    outbox.hold();
    outbox.add(1);
    outbox.drop();
    outbox.hold();
    outbox.add(2);
    await Promise.resolve();
    expect(tries).to.equal(0);
    outbox.release();
    await until('one is committed', () => committed.length === 1);
    expect(committed).to.deep.equal([2]);
  });

  it('tries once more when it stops, and takes nothing then', async () => {
    outbox.add(1);
    const stopped = outbox.stop();
    outbox.add(2);
    await stopped;
    await outbox.stop();
    expect(committed).to.deep.equal([1]);
  });

  it('stops also if it cannot commit', async () => {
    isAway = true;
    outbox.add(1);
    await outbox.stop();
    expect(dropped).to.equal(1);
  });
});

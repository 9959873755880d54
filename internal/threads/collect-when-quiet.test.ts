import { expect } from 'chai';

import { until } from '../testing/until.ts';
import { collectWhenQuiet, quietLook } from './collect-when-quiet.ts';

const MEBIBYTE = 2 ** 20;

describe('a look whether to collect', () => {
  const thread = {
    busyShare: 0,
    heldMebibytes: 30,
    collections: 0,
  };
  const openLook = () =>
    quietLook({
      busyShare: () => thread.busyShare,
      heldBytes: () => thread.heldMebibytes * MEBIBYTE,
      collect() {
        thread.collections++;
        thread.heldMebibytes = 40;
      },
    });

  beforeEach(() => Object.assign(thread, { busyShare: 0, heldMebibytes: 30, collections: 0 }));

  it('has what a peak left behind collected, once the thread is quiet', () => {
    const look = openLook();
    Object.assign(thread, { busyShare: 0.5, heldMebibytes: 200 });
    look();
    expect(thread.collections, 'under load').to.equal(0);
    thread.busyShare = 0.01;
    look();
    expect(thread.collections).to.equal(1);
  });

  it('does not collect again what is left until more was added', () => {
    const look = openLook();
    thread.heldMebibytes = 200;
    for (let looks = 0; looks < 3; looks++) look();
    expect(thread.collections).to.equal(1);
    thread.heldMebibytes = 60;
    look();
    expect(thread.collections).to.equal(2);
  });

  it('tries again, ever more seldom, what somebody held', () => {
    const look = quietLook({
      busyShare: () => 0,
      heldBytes: () => thread.heldMebibytes * MEBIBYTE,
      collect: () => thread.collections++,
    });
    thread.heldMebibytes = 200;
    const after = Array.from({ length: 10 }, () => {
      look();
      return thread.collections;
    });
    expect(after).to.deep.equal([1, 1, 2, 2, 2, 3, 3, 3, 3, 3]);
  });

  it('does not have little collected', () => {
    const look = openLook();
    thread.heldMebibytes = 45;
    look();
    expect(thread.collections).to.equal(0);
  });

  it('goes by what is held after V8 collected by itself', () => {
    thread.heldMebibytes = 100;
    const look = openLook();
    for (const heldMebibytes of [40, 100]) {
      thread.heldMebibytes = heldMebibytes;
      look();
    }
    expect(thread.collections).to.equal(1);
  });
});

describe('collecting when quiet', () => {
  // A function of its own: nothing of it is on the stack when it is collected.
  const leaveBehind = () => new WeakRef(new ArrayBuffer(64 * MEBIBYTE));

  it('lets go of what nobody holds any more, and shows no collector to anybody', async () => {
    // Whatever the share: the test is no quiet thread.
    const looking = collectWhenQuiet(20, 1);
    const left = leaveBehind();
    try {
      await until('the collection', () => left.deref() === undefined);
    } finally {
      clearInterval(looking);
    }
    expect(globalThis).to.not.have.property('gc');
  });
});

import { expect } from 'chai';

import { until } from '../testing/until.ts';
import { FaultyPool, summary } from './testing/faulty-pool.ts';
import type { Deed } from './testing/faulty-worker.ts';
import { arrivals, newMeeting, open } from './testing/meeting.ts';

// The pool's own grace on top of a task's time, and generously what a loaded machine needs to end a thread.
const GRACE_MS = 500 + 5000;

describe('the workers of a shard', () => {
  let workers: FaultyPool;
  beforeEach(() => (workers = new FaultyPool()));
  afterEach(() => workers.stop());

  const endings: readonly { deed: Deed; becomes: string; timeoutMs?: number }[] = [
    { deed: 'throw', becomes: 'may succeed later after 3' },
    { deed: 'throw outside', becomes: 'may succeed later after 3' },
    { deed: 'exit', becomes: 'may succeed later after 3' },
    { deed: 'exhaust memory', becomes: 'may succeed later after 3' },
    { deed: 'answer what cannot be cloned', becomes: 'may succeed later after 3' },
    { deed: 'loop', becomes: 'may succeed later after 1', timeoutMs: 300 },
    { deed: 'hang', becomes: 'may succeed later after 1', timeoutMs: 300 },
  ];
  for (const { deed, becomes, timeoutMs = 20_000 } of endings) {
    it(`outlive a batch that makes its worker ${deed}`, async () => {
      const startedAtMs = performance.now();
      expect(summary(await workers.flush(deed, { timeoutMs }))).to.equal(becomes);
      expect(performance.now() - startedAtMs).to.be.below(timeoutMs + GRACE_MS);
      expect(workers.pool.isFailing).to.equal(true);
      expect(summary(await workers.flush('commit'))).to.equal('committed');
      expect(workers.pool.isFailing).to.equal(false);
    });
  }

  it('outlive a throw after the batch was answered', async () => {
    expect(summary(await workers.flush('throw afterwards'))).to.equal('committed');
    await until('the end of that worker', () => workers.live === 0);
    expect(summary(await workers.flush('commit'))).to.equal('committed');
  });

  for (const deed of ['exit', 'throw outside', 'loop', 'hang'] as const) {
    it(`commit the other batches while one makes its worker ${deed}`, async () => {
      const meeting = newMeeting();
      const other = workers.flush('meet', { meeting });
      await until('the other batch', () => arrivals(meeting) > 0);
      expect(await workers.flush(deed, { timeoutMs: 300 })).to.include({ outcome: 'failed' });
      open(meeting);
      expect(summary(await other)).to.equal('committed');
    });
  }

  it('work at the same time, as many as allowed, and take the next batch when one is free', async () => {
    const [first, second, third] = [newMeeting(), newMeeting(), newMeeting()];
    const flushes = [first, second, third].map((meeting) => workers.flush('meet', { meeting }));
    await until('two batches', () => arrivals(first) + arrivals(second) === 2);
    expect(arrivals(third)).to.equal(0);
    for (const meeting of [first, second, third]) open(meeting);
    expect((await Promise.all(flushes)).map(summary)).to.deep.equal(['committed', 'committed', 'committed']);
    expect(workers.started).to.equal(2);
  });

  it('have timers that go on between batches', async () => {
    const meeting = newMeeting();
    await workers.flush('arrive by a timer, afterwards', { meeting });
    await until('the timer of an idle worker', () => arrivals(meeting) === 1);
  });
});

describe('a worker that is idle for long', () => {
  it('ends, and another starts when there is work', async () => {
    const workers = new FaultyPool({ idleTimeoutMs: 30 });
    const first = await workers.flush('commit');
    await until('the end of the idle worker', () => workers.live === 0);
    const second = await workers.flush('commit');
    expect([summary(first), summary(second)]).to.deep.equal(['committed', 'committed']);
    expect(second.workerId).to.not.equal(first.workerId);
    expect(workers.started).to.equal(2);
    await workers.stop();
  });
});

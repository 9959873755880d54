import { expect } from 'chai';

import { until } from '../testing/until.ts';
import { FaultyPool, summary } from './testing/faulty-pool.ts';
import { arrivals, newMeeting } from './testing/meeting.ts';

const GRACE_MS = 500 + 5000;

describe('workers that do not start', () => {
  let workers: FaultyPool;
  beforeEach(() => (workers = new FaultyPool()));
  afterEach(() => workers.stop());

  for (const boot of ['throw', 'exit', 'loop', 'never end'] as const) {
    it(`fail the batch in its time when they ${boot}, and serve the next one when they start again`, async () => {
      const timeoutMs = 1000;
      workers.boot = boot;
      const startedAtMs = performance.now();
      expect(await workers.flush('commit', { timeoutMs })).to.include({ outcome: 'failed', transient: true });
      expect(performance.now() - startedAtMs).to.be.below(timeoutMs + GRACE_MS);
      expect(workers.pool.isFailing).to.equal(true);
      workers.boot = 'well';
      expect(summary(await workers.flush('commit'))).to.equal('committed');
      expect(workers.pool.isFailing).to.equal(false);
    });
  }

  it('are not started as fast as the machine can', async () => {
    workers.boot = 'throw';
    const startedAtMs = performance.now();
    expect(summary(await workers.flush('commit'))).to.equal('may succeed later after 3');
    expect(performance.now() - startedAtMs).to.be.at.least(50 + 200 - 2);
    expect(workers.started).to.equal(3);
  });
});

describe('stopping the workers of a shard', () => {
  for (const deed of ['loop', 'hang', 'meet'] as const) {
    it(`ends in time and fails the batch while a worker is to ${deed}`, async () => {
      const workers = new FaultyPool();
      const meeting = newMeeting();
      const met = workers.flush('meet', { meeting });
      const flushing = workers.flush(deed, { meeting });
      await until('a worker at work', () => arrivals(meeting) > 0);
      const startedAtMs = performance.now();
      await workers.stop();
      expect(performance.now() - startedAtMs).to.be.below(5000);
      expect(workers.live).to.equal(0);
      for (const result of await Promise.all([met, flushing])) {
        expect(result).to.include({ outcome: 'failed', transient: true });
      }
    });
  }

  it('is safe twice, and starts no worker afterwards', async () => {
    const workers = new FaultyPool();
    await workers.flush('commit');
    await Promise.all([workers.stop(), workers.stop()]);
    expect(summary(await workers.flush('commit'))).to.equal('may succeed later after 1');
    expect(workers.started).to.equal(1);
    await workers.stop();
  });
});

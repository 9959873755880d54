import { EventEmitter, once } from 'node:events';

import { expect } from 'chai';

import { UnavailableError } from '../../shards/unavailable.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { foldedOf } from '../../testing/columns-of.ts';
import { until } from '../../testing/until.ts';
import type { ReportBody } from '../../testing/vectors.ts';
import { pack, type PackedHours } from './packed-hours.ts';
import type { SettleAnswer, SettleReport, SettleTask } from './settle-thread.ts';
import { Settler } from './settler.ts';

const NOTHING = { batches: 0, rows: 0, bytes: 0 };

/** A thread that does as it is told. */
class FakeThread {
  readonly settler: Settler;
  /** Times that it was asked to settle. */
  rounds = 0;
  readonly changed: string[] = [];
  readonly #news = new EventEmitter();
  readonly #asked: { task: SettleTask; answer(answer: SettleAnswer): void }[] = [];

  constructor(timeoutMs = 60_000) {
    this.settler = new Settler({
      ask: (task) => this.#ask(task),
      onChanged: (names) => this.changed.push(...(names === 'all' ? ['all'] : names)),
      timeoutMs,
      newestLayout: 2,
      logger: createLogger('silent'),
    });
  }

  async untilRounds(count: number): Promise<void> {
    while (this.rounds < count) await once(this.#news, 'round');
  }

  /** Answers the oldest question. */
  answer(answer: Partial<SettleAnswer & { outcome: 'done' }> | 'failed' | 'broken' = {}): void {
    const failed = { outcome: 'failed' as const, transient: answer === 'failed', message: 'no' };
    this.#asked
      .shift()
      ?.answer(typeof answer === 'string' ? failed : { outcome: 'done', setAside: [], ...answer });
  }

  report(report: Partial<SettleReport> = {}): void {
    this.answer({ report: { pending: NOTHING, layout: 2, setAsideBatches: 0, ...report } });
  }

  /** What it was asked and has not answered. */
  get asked(): string[] {
    return this.#asked.map(({ task }) => task.ask);
  }

  #ask(task: SettleTask): Promise<SettleAnswer> {
    return new Promise((answer) => {
      this.#asked.push({ task, answer });
      if (task.ask !== 'settle') return;
      this.rounds++;
      this.#news.emit('round');
    });
  }
}

/** What became of a promise after all that can happen at once has happened. */
async function isSettledNow(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  const turn = new Promise((resolve) => setImmediate(() => resolve(pending)));
  return (await Promise.race([promise, turn])) !== pending;
}

/** What the thread tells of reports that are pending. */
function packed(reports: readonly ReportBody[]): PackedHours {
  return pack(foldedOf(reports).hoursOf({ firstBucket: 0, lastBucket: 63 }));
}

describe('the settler', () => {
  let fake: FakeThread;

  beforeEach(() => {
    fake = new FakeThread();
  });

  afterEach(async () => {
    const stopped = fake.settler.stop();
    fake.answer();
    await stopped;
  });

  it('settles many flushes in one round, some time after them', async () => {
    for (let flush = 0; flush < 5; flush++) fake.settler.committed(10, 100);
    expect(fake.rounds).to.equal(0);
    await fake.untilRounds(1);
    fake.report({
      settled: {
        serviceNames: ['a', 'b'],
        batches: 5,
        bytes: 500,
        durationMs: 1,
        seconds: 5,
        lateSeconds: 2,
      },
    });
    await fake.settler.stop();
    expect(fake.rounds).to.equal(1);
    expect(fake.settler.progress).to.deep.equal({ lagMs: 0, settledSeconds: 5, lateSeconds: 2 });
    expect(fake.changed).to.deep.equal(['a', 'b']);
  });

  it('tells those who read what is pending, each what was asked for after its own question', async () => {
    const first = fake.settler.pending({ serviceNames: ['a'] });
    const second = fake.settler.pending({ firstBucket: 0, lastBucket: 63 });
    fake.answer({ pending: packed([]) });
    expect(await first).to.deep.equal(new Map());
    expect(await isSettledNow(second)).to.equal(false);
    fake.answer({
      pending: packed([
        { service_name: 'b', state: 'issue', timestamp: 7200 },
        { service_name: 'b', state: 'issue', timestamp: 7201 },
        { service_name: 'b', state: 'deploy', timestamp: 3605 },
      ]),
    });
    expect(await second).to.deep.equal(
      new Map([
        [
          'b',
          [
            { serviceName: 'b', hour: 1, observed: { deploy: [{ start: 3605, end: 3606 }], issue: [] } },
            { serviceName: 'b', hour: 2, observed: { deploy: [], issue: [{ start: 7200, end: 7202 }] } },
          ],
        ],
      ]),
    );
  });

  it('has settled what is pending at the start, by whichever process it was written', async () => {
    fake.settler.start();
    await fake.untilRounds(1);
    fake.report();
  });

  it('has settled what it found when it read, though it wrote nothing itself', async () => {
    const reading = fake.settler.pending({ serviceNames: ['a'] });
    fake.answer({ pending: packed([{ service_name: 'a', state: 'issue', timestamp: 0 }]) });
    await reading;
    await fake.untilRounds(1);
    fake.report();
  });

  it('goes on until all is settled', async () => {
    fake.settler.committed(1, 10);
    await fake.untilRounds(1);
    fake.report({ pending: { batches: 3, rows: 3, bytes: 30 } });
    await fake.untilRounds(2);
    fake.report();
    await fake.settler.stop();
    expect(fake.rounds).to.equal(2);
  });

  it('tells who reads when it fails, and tries again by itself', async () => {
    const reading = fake.settler.pending({ serviceNames: ['a'] }).catch((error: unknown) => error);
    fake.answer('failed');
    expect(await reading).to.be.instanceOf(UnavailableError);
    fake.settler.committed(1, 10);
    await fake.untilRounds(1);
    fake.answer('failed');
    await fake.untilRounds(2);
    fake.report();
  });

  it('asks a thread that did not answer who reads whether it is there, once until it says so', async () => {
    const slow = new FakeThread(1);
    const reads = [1, 2, 3].map(() => slow.settler.pending({ firstBucket: 0, lastBucket: 63 }));
    for (const { status } of await Promise.allSettled(reads)) expect(status).to.equal('rejected');
    expect(slow.asked).to.deep.equal(['pending', 'pending', 'pending', 'alive']);
    for (let answered = 0; answered < 4; answered++) slow.answer();
    await Promise.allSettled([slow.settler.pending({ firstBucket: 0, lastBucket: 63 })]);
    expect(slow.asked).to.deep.equal(['pending', 'alive']);
    await slow.settler.stop();
  });

  it('takes for our fault what is not the database being away', async () => {
    const reading = fake.settler.pending({ serviceNames: ['a'] }).catch((error: unknown) => error);
    fake.answer('broken');
    expect(await reading)
      .to.be.instanceOf(Error)
      .and.not.instanceOf(UnavailableError);
  });

  it('takes no more once too much is pending, and says so until it is settled', async () => {
    expect(fake.settler.whyFull()).to.equal(undefined);
    fake.settler.committed(8_000_001, 10);
    expect(fake.settler.whyFull()).to.be.a('string');
    await fake.untilRounds(1);
    fake.report({ pending: { batches: 9, rows: 10, bytes: 192 * 2 ** 20 + 1 } });
    await fake.untilRounds(2);
    expect(fake.settler.whyFull(), 'whoever wrote it').to.be.a('string');
    fake.report();
    await fake.settler.stop();
    expect(fake.settler.whyFull()).to.equal(undefined);
  });

  it('counts what was committed while it settled as pending', async () => {
    fake.settler.committed(1, 10);
    await fake.untilRounds(1);
    fake.settler.committed(2, 20);
    fake.report();
    await fake.untilRounds(2);
    expect(fake.settler.figures).to.deep.include({ batches: 0 });
    fake.report();
    await fake.settler.stop();
    expect(fake.settler.figures).to.deep.equal({ batches: 0, bytes: 0, setAsideBatches: 0 });
  });

  it('has the oldest layout written until all are known to read the newest', async () => {
    expect(fake.settler.layout).to.equal(1);
    fake.settler.start();
    await fake.untilRounds(1);
    fake.report({ layout: 1, pending: { batches: 1, rows: 1, bytes: 1 } });
    await fake.untilRounds(2);
    expect(fake.settler.layout).to.equal(1);
    fake.report({ layout: 2 });
    await fake.settler.stop();
    expect(fake.settler.layout).to.equal(2);
  });

  it('tells what came in, one question at a time', async () => {
    fake.settler.tellChanges();
    fake.settler.tellChanges();
    fake.answer({ changed: ['a'] });
    await until('the change to be told', () => fake.changed.length > 0);
    expect(fake.changed).to.deep.equal(['a']);
  });

  it('begins nothing more by itself once it is stopped', async () => {
    fake.settler.committed(1, 10);
    await fake.settler.stop();
    fake.settler.committed(1, 10);
    expect(await isSettledNow(fake.untilRounds(1))).to.equal(false);
  });
});

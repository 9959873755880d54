import { EventEmitter, once } from 'node:events';

import { expect } from 'chai';

import type { FlushResult } from '../shards/worker.ts';
import { UnavailableError } from '../shards/unavailable.ts';
import { createLogger } from '../telemetry/logger.ts';
import type { Settled } from './settle-sink.ts';
import { firstPace } from './settle-pace.ts';
import { Settler } from './settler.ts';

/** A worker and a database that do as they are told. */
class FakeSurroundings {
  readonly settler: Settler;
  /** Rounds that were begun. */
  rounds = 0;
  isPending = false;
  readonly changed: string[] = [];
  readonly holds: Promise<unknown>[] = [];
  readonly vacuums: string[] = [];
  readonly #news = new EventEmitter();
  readonly #answers: ((result: FlushResult) => void)[] = [];

  constructor() {
    this.settler = new Settler({
      // Of a pool, it uses the queries alone, and of their answers the count.
      database: { query: (query: unknown) => this.#query(query) } as never,
      settle: () => this.#settle(),
      hold: (until) => this.holds.push(until),
      onChanged: (names) => this.changed.push(...(names === 'all' ? ['all'] : names)),
      logger: createLogger('silent'),
    });
  }

  async untilRounds(count: number): Promise<void> {
    while (this.rounds < count) await once(this.#news, 'round');
  }

  /** Ends the oldest round that is under way. */
  end(settled: Partial<Settled> | 'failed' = {}): void {
    const all = { serviceNames: [], batches: 1, bytes: 100, isAll: true };
    this.#answers.shift()?.(
      settled === 'failed'
        ? { outcome: 'failed', workerId: 1, attempts: 1, transient: true, message: 'no' }
        : { outcome: 'committed', workerId: 1, attempts: 1, answer: { ...all, ...settled } },
    );
  }

  #query(query: unknown): Promise<{ rowCount: number }> {
    if (typeof query === 'string') this.vacuums.push(query);
    return Promise.resolve({ rowCount: this.isPending ? 1 : 0 });
  }

  #settle(): Promise<FlushResult> {
    this.rounds++;
    this.#news.emit('round');
    return new Promise((resolve) => this.#answers.push(resolve));
  }
}

/** What became of a promise after all that can happen at once has happened. */
async function isSettledNow(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  const turn = new Promise((resolve) => setImmediate(() => resolve(pending)));
  return (await Promise.race([promise, turn])) !== pending;
}

describe('the settler', () => {
  let fake: FakeSurroundings;

  beforeEach(() => {
    fake = new FakeSurroundings();
  });

  afterEach(async () => {
    const stopped = fake.settler.stop();
    fake.end();
    await stopped;
  });

  it('settles many flushes in one round, some time after them', async () => {
    for (let flush = 0; flush < 5; flush++) fake.settler.flushed(10);
    expect(fake.rounds).to.equal(0);
    await fake.untilRounds(1);
    fake.end({ serviceNames: ['a', 'b'] });
    await fake.settler.settled();
    expect(fake.rounds).to.equal(1);
    expect(fake.changed).to.deep.equal(['a', 'b']);
  });

  it('lets who reads wait for a round that began after it asked, and share it', async () => {
    fake.settler.flushed(1);
    const first = fake.settler.settled();
    await fake.untilRounds(1);
    fake.settler.flushed(1);
    const later = [fake.settler.settled(), fake.settler.settled()];
    fake.end();
    await first;
    await fake.untilRounds(2);
    expect(await isSettledNow(Promise.all(later))).to.equal(false);
    fake.end();
    await Promise.all(later);
    expect(fake.rounds).to.equal(2);
  });

  it('lets who reads go on at once if nothing is pending, whoever might have written it', async () => {
    await fake.settler.settled();
    expect(fake.rounds).to.equal(0);
    fake.isPending = true; // By another process.
    const reading = fake.settler.settled();
    await fake.untilRounds(1);
    fake.end();
    await reading;
  });

  it('lets who reads go on while a round is stuck that settles nothing', async () => {
    fake.settler.flushed(0);
    await fake.untilRounds(1);
    await fake.settler.settled();
  });

  it('settles what is pending at the start, and only then begins a round', async () => {
    fake.isPending = true;
    fake.settler.start();
    await fake.untilRounds(1);
  });

  it('goes on until all is settled', async () => {
    fake.settler.flushed(1);
    const reading = fake.settler.settled();
    for (const round of [1, 2]) {
      await fake.untilRounds(round);
      fake.end({ isAll: false });
    }
    await fake.untilRounds(3);
    expect(await isSettledNow(reading)).to.equal(false);
    fake.end();
    await reading;
  });

  it('tells who reads when it fails, and tries again by itself', async () => {
    fake.settler.flushed(1);
    const reading = fake.settler.settled().catch((error: unknown) => error);
    await fake.untilRounds(1);
    fake.end('failed');
    expect(await reading).to.be.instanceOf(UnavailableError);
    await fake.untilRounds(2);
    fake.end();
    await fake.settler.settled();
  });

  it('holds writing up when more is pending than is soon settled', async () => {
    fake.settler.flushed(firstPace.mostRows);
    expect(fake.holds).to.have.length(0);
    fake.settler.flushed(1);
    expect(fake.holds).to.have.length(1);
    await fake.untilRounds(1);
    fake.end();
    await Promise.all(fake.holds);
  });

  it('vacuums after many batches, but not all the time', async () => {
    for (const round of [1, 2]) {
      fake.settler.flushed(1);
      const reading = fake.settler.settled();
      await fake.untilRounds(round);
      fake.end({ batches: 3000 });
      await reading;
    }
    expect(fake.vacuums).to.deep.equal(['vacuum (truncate off, skip_locked) pending_reports']);
  });

  it('begins nothing more by itself once it is stopped', async () => {
    fake.settler.flushed(1);
    await fake.settler.stop();
    fake.settler.flushed(1);
    expect(await isSettledNow(fake.untilRounds(1))).to.equal(false);
  });
});

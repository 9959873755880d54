import { setImmediate as turnOfTheLoop } from 'node:timers/promises';

import { expect } from 'chai';

import { until } from '../testing/until.ts';
import { ShardLoad } from './queue.ts';
import type { FlushResult } from './worker.ts';
import { Carriers, NO_WORKER } from './workers.ts';

const task = { sink: 'numbers', columns: [] };
const SOON_MS = 50;

/** Stands in for a shard and its workers: a flush ends when the test says so. */
class TestShard {
  readonly load = new ShardLoad(10, () => undefined);
  readonly pool = { isFailing: false, batchesUnderWay: 0, flush: () => this.#flush() };
  readonly #underWay: ((result: FlushResult) => void)[] = [];
  readonly #workerId: number;

  constructor(workerId: number) {
    this.#workerId = workerId;
  }

  end(): void {
    this.#end({ outcome: 'committed', workerId: this.#workerId, attempts: 1 });
  }

  loseWorkers(): void {
    this.pool.isFailing = true;
    this.#end({ outcome: 'failed', workerId: NO_WORKER, attempts: 3, transient: true, message: 'lost' });
  }

  failToCommit(): void {
    this.#end({ outcome: 'failed', workerId: this.#workerId, attempts: 6, transient: true, message: 'no' });
  }

  #end(result: FlushResult): void {
    this.pool.batchesUnderWay--;
    this.#underWay.shift()?.(result);
  }

  #flush(): Promise<FlushResult> {
    this.pool.batchesUnderWay++;
    return new Promise((resolve) => this.#underWay.push(resolve));
  }
}

let allShards: readonly TestShard[] = [];

function threeShards() {
  const shards = [new TestShard(1), new TestShard(2), new TestShard(3)] as const;
  allShards = shards;
  let nowMs = 0;
  let timesAsked = 0;
  const carriers = new Carriers(shards, 3750, () => {
    timesAsked++;
    return nowMs;
  });
  const flushIn = (timeoutMs: number, of: readonly TestShard[]) =>
    carriers.flush({ ...task, timeoutMs }, new Set(of.map(({ load }) => load)));
  const flush = (...of: readonly TestShard[]) => flushIn(60_000, of);
  return {
    shards,
    flush,
    /** The same, with a time of which a fifth is soon over. */
    flushSoon: (...of: readonly TestShard[]) => flushIn(SOON_MS, of),
    inFlight: () => shards.map(({ pool }) => pool.batchesUnderWay),
    pass: (ms: number) => (nowMs += ms),
    /** Grows when a carrier is chosen. */
    timesOfChoice: () => timesAsked,
  };
}

describe('the carriers of shared batches', () => {
  afterEach(() => {
    for (const shard of allShards) while (shard.pool.batchesUnderWay > 0) shard.end();
  });

  it('carry what is of their shard alone', async () => {
    const { shards, flush, inFlight } = threeShards();
    const flushed = flush(shards[2]);
    expect(inFlight()).to.deep.equal([0, 0, 1]);
    shards[2].end();
    expect((await flushed).outcome).to.equal('committed');
  });

  it('are taken in order, of the shards of a batch, each if those before it are busy', () => {
    const { shards, flush, inFlight } = threeShards();
    const [first, second, third] = shards;
    void flush(second, third);
    expect(inFlight()).to.deep.equal([0, 1, 0]);
    void flush(first, second, third);
    expect(inFlight()).to.deep.equal([1, 1, 0]);
    void flush(second, third);
    expect(inFlight()).to.deep.equal([1, 1, 1]);
    void flush(second, third);
    expect(inFlight()).to.deep.equal([1, 2, 1]);
    second.end();
    void flush(second, third);
    expect(inFlight()).to.deep.equal([1, 2, 1]);
    first.end();
    void flush(second, third); // Another shard's worker has nothing to do.
    expect(inFlight()).to.deep.equal([1, 2, 1]);
  });

  it('are the first one but for a batch in turn, which the others have before they are found idle', async () => {
    const { shards, flush, inFlight, pass } = threeShards();
    for (const turn of [1, 2, 0]) {
      pass(999);
      for (const carrier of [0, 0, turn, 0, 0]) {
        if (carrier === turn) pass(1);
        const flushed = flush(...shards);
        expect(inFlight()).to.deep.equal([0, 1, 2].map((index) => (index === carrier ? 1 : 0)));
        shards[carrier]?.end();
        await flushed;
      }
    }
  });

  it('are passed over while they fail, unless all do', () => {
    const { shards, flush, inFlight } = threeShards();
    shards[0].pool.isFailing = true;
    void flush(shards[0], shards[1]);
    expect(inFlight()).to.deep.equal([0, 1, 0]);
    shards[1].pool.isFailing = true;
    shards[2].pool.isFailing = true;
    void flush(shards[0], shards[1]);
    expect(inFlight()).to.deep.equal([1, 1, 0]);
  });

  it('hand a batch on that cost them their workers, once', async () => {
    const { shards, flush, inFlight } = threeShards();
    const flushed = flush(shards[0], shards[1]);
    shards[0].loseWorkers();
    await turnOfTheLoop();
    expect(inFlight()).to.deep.equal([0, 1, 0]);
    shards[1].loseWorkers();
    expect((await flushed).outcome).to.equal('failed');
    expect(inFlight()).to.deep.equal([0, 0, 0]);
  });

  for (const committedBy of [0, 1] as const) {
    it(`share a batch that is not answered for long, and ${committedBy === 0 ? 'the first' : 'the other'} may commit it`, async () => {
      const { shards, flushSoon, inFlight } = threeShards();
      const flushed = flushSoon(shards[0], shards[1]);
      expect(inFlight()).to.deep.equal([1, 0, 0]);
      await until('another carrier', () => inFlight()[1] === 1);
      shards[1 - committedBy]?.failToCommit();
      await turnOfTheLoop();
      shards[committedBy].end();
      expect(await flushed).to.include({ outcome: 'committed', workerId: committedBy + 1 });
    });
  }

  it('answer for a shared batch with the first commit, and let the one that hangs be', async () => {
    const { shards, flushSoon, inFlight } = threeShards();
    const flushed = flushSoon(shards[0], shards[1]);
    await until('another carrier', () => inFlight()[1] === 1);
    shards[1].end();
    expect(await flushed).to.include({ outcome: 'committed', workerId: 2 });
    expect(inFlight()).to.deep.equal([1, 0, 0]);
  });

  it('give a batch to no other that has as much to do', async () => {
    const { shards, flushSoon, inFlight, timesOfChoice } = threeShards();
    for (const shard of shards.slice(1)) for (let times = 0; times < 2; times++) void shard.pool.flush();
    const flushed = flushSoon(shards[0]);
    const before = timesOfChoice();
    await until('the doubt', () => timesOfChoice() > before);
    expect(inFlight()).to.deep.equal([1, 2, 2]);
    shards[0].end();
    expect(await flushed).to.include({ outcome: 'committed', workerId: 1 });
  });

  it('do not hand a batch on that the database refused', async () => {
    const { shards, flush, inFlight } = threeShards();
    const flushed = flush(shards[0], shards[1]);
    shards[0].failToCommit();
    expect((await flushed).outcome).to.equal('failed');
    expect(inFlight()).to.deep.equal([0, 0, 0]);
  });
});

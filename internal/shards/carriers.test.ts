import { setImmediate as turnOfTheLoop } from 'node:timers/promises';

import { expect } from 'chai';

import { ShardLoad } from './queue.ts';
import type { FlushResult } from './worker.ts';
import { Carriers, NO_WORKER } from './workers.ts';

const task = { sink: 'numbers', columns: [], timeoutMs: 1000 };

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

function threeShards() {
  const shards = [new TestShard(1), new TestShard(2), new TestShard(3)] as const;
  let nowMs = 0;
  const carriers = new Carriers(shards, 3750, () => nowMs);
  const flush = (...of: readonly TestShard[]) => carriers.flush(task, new Set(of.map(({ load }) => load)));
  return {
    shards,
    flush,
    inFlight: () => shards.map(({ pool }) => pool.batchesUnderWay),
    pass: (ms: number) => (nowMs += ms),
  };
}

describe('the carriers of shared batches', () => {
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

  it('have a turn each before they are found idle', async () => {
    const { shards, flush, inFlight, pass } = threeShards();
    for (const turn of [1, 2, 0]) {
      pass(999);
      for (let flushes = 0; flushes < 2; flushes++) {
        pass(1);
        const flushed = flush(...shards);
        expect(inFlight()).to.deep.equal([0, 1, 2].map((index) => (index === turn ? 1 : 0)));
        shards[turn]?.end();
        await flushed;
      }
      pass(-1);
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

  it('do not hand a batch on that the database refused', async () => {
    const { shards, flush, inFlight } = threeShards();
    const flushed = flush(shards[0], shards[1]);
    shards[0].failToCommit();
    expect((await flushed).outcome).to.equal('failed');
    expect(inFlight()).to.deep.equal([0, 0, 0]);
  });
});

import { expect } from 'chai';

import { ShardHistory } from './shard-history.ts';
import type { ShardNow } from './topics.ts';

function shard(id: number, events: number, p99: number | null = null): ShardNow {
  const counts = { replica: 'a', queued: 3, in_flight: 2, live_workers: 1, batches: 1, failed_batches: 0 };
  return { id, ...counts, events, flush_latency_ms: { p50: p99, p99 } };
}

function rates({ moments }: ShardHistory): number[][] {
  return moments.map(({ shards }) => [...shards.values()].map(({ eventsPerSecond }) => eventsPerSecond));
}

describe('the history of the shards', () => {
  it('tells for each shard events a second from what was counted, and what it told', () => {
    const history = new ShardHistory();
    history.record(100, [shard(0, 1000), shard(1, 500, 7)]);
    history.record(100.2, [shard(0, 9999)]);
    history.record(102, [shard(0, 1500), shard(1, 700, 9)]);
    expect(history.moments.map(({ now }) => now)).to.deep.equal([100, 102]);
    expect(history.moments[1]?.shards).to.deep.equal(
      new Map([
        [0, { waiting: 5, eventsPerSecond: 250, latencyP99Ms: null }],
        [1, { waiting: 5, eventsPerSecond: 100, latencyP99Ms: 9 }],
      ]),
    );
  });

  it('tells nothing where counting began anew, or where nothing was heard for long', () => {
    const history = new ShardHistory();
    history.record(100, [shard(0, 1000)]);
    history.record(101, [shard(0, 10)]);
    history.record(201, [shard(0, 5000)]);
    expect(rates(history)).to.deep.equal([[0], [0], [0]]);
  });

  it('keeps ten minutes', () => {
    const history = new ShardHistory();
    for (let now = 0; now < 2000; now++) history.record(now, [shard(0, now)]);
    expect(history.moments).to.have.length(600);
    const last = { waiting: 5, eventsPerSecond: 1, latencyP99Ms: null };
    expect(history.moments.at(-1)).to.deep.equal({ now: 1999, shards: new Map([[0, last]]) });
  });

  it('keeps all of them where they come as close together as they are taken', () => {
    const history = new ShardHistory();
    for (let at = 0; at < 3000; at++) history.record(at * 0.901, [shard(0, at)]);
    const times = history.moments.map(({ now }) => now);
    expect(times.length).to.be.within(665, 666);
    expect(times[0]).to.be.closeTo(2999 * 0.901 - 600, 1);
    expect(times).to.deep.equal(times.toSorted((a, b) => a - b));
    expect(
      rates(history)
        .flat()
        .every((rate) => Math.abs(rate - 1 / 0.901) < 0.001),
    ).to.equal(true);
  });

  it('knows a shard for as long as it was told of', () => {
    const history = new ShardHistory();
    history.record(100, [shard(0, 0)]);
    history.record(101, [shard(0, 0), shard(1, 0)]);
    history.record(102, [shard(1, 0)]);
    const idsOf = () => history.moments.map(({ shards }) => [...shards.keys()]);
    expect(idsOf()).to.deep.equal([[0], [0, 1], [1]]);
    history.record(701.5, [shard(1, 0)]);
    expect(idsOf()).to.deep.equal([[1], [1]]);
  });
});

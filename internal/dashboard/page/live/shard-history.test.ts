import { expect } from 'chai';

import { ShardHistory } from './shard-history.ts';
import type { ShardNow } from './topics.ts';

function shard(events: number, p99: number | null = null): ShardNow {
  const counts = { queued: 3, in_flight: 2, live_workers: 1, batches: 1, failed_batches: 0 };
  return { id: 0, ...counts, events, flush_latency_ms: { p50: p99, p99 } };
}

describe('the history of the shards', () => {
  it('tells events a second from what was counted, and the slowest shard', () => {
    const history = new ShardHistory();
    history.record(100, [shard(1000), shard(500, 7)]);
    history.record(100.2, [shard(9999)]);
    history.record(102, [shard(1500), shard(700, 9)]);
    expect(history.moments).to.deep.equal([
      { now: 100, queued: 6, inFlight: 4, eventsPerSecond: 0, latencyP99Ms: 7 },
      { now: 102, queued: 6, inFlight: 4, eventsPerSecond: 350, latencyP99Ms: 9 },
    ]);
  });

  it('tells nothing where counting began anew, or where nothing was heard for long', () => {
    const history = new ShardHistory();
    history.record(100, [shard(1000)]);
    history.record(101, [shard(10)]);
    history.record(201, [shard(5000)]);
    expect(history.moments.map(({ eventsPerSecond }) => eventsPerSecond)).to.deep.equal([0, 0, 0]);
  });

  it('keeps ten minutes', () => {
    const history = new ShardHistory();
    for (let now = 0; now < 2000; now++) history.record(now, [shard(now)]);
    expect(history.moments).to.have.length(600);
  });
});

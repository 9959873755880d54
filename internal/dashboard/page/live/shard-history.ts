import type { ShardNow } from './topics.ts';

/** What one shard did at one moment. */
export interface ShardFigures {
  /** Queued and in flight. */
  readonly waiting: number;
  /** Since the moment before, per second. */
  readonly eventsPerSecond: number;
  readonly latencyP99Ms: number | null;
}

/** All shards at one moment, by id; `now` in unix seconds. */
export interface ShardMoment {
  readonly now: number;
  readonly shards: ReadonlyMap<number, ShardFigures>;
}

const EACH_SECONDS = 0.9;
const KEPT_SECONDS = 600;
// What was counted over a longer break is no rate of this moment.
const LONGEST_BREAK_SECONDS = 10;

/** The last ten minutes of the shards, as they were told about once a second. */
export class ShardHistory {
  readonly moments: ShardMoment[] = [];
  #events = new Map<number, number>();
  #at = -Infinity;

  record(now: number, shards: Iterable<ShardNow>): void {
    const seconds = now - this.#at;
    if (seconds < EACH_SECONDS) return;
    const figures = new Map<number, ShardFigures>();
    const counted = new Map<number, number>();
    for (const { id, queued, in_flight, events, flush_latency_ms } of shards) {
      const before = this.#events.get(id);
      // A service that was started again counts from nothing.
      const isAfter = before !== undefined && events >= before && seconds < LONGEST_BREAK_SECONDS;
      figures.set(id, {
        waiting: queued + in_flight,
        eventsPerSecond: isAfter ? (events - before) / seconds : 0,
        latencyP99Ms: flush_latency_ms.p99,
      });
      counted.set(id, events);
    }
    this.moments.push({ now, shards: figures });
    this.#events = counted;
    this.#at = now;
    const kept = this.moments.findIndex((moment) => moment.now > now - KEPT_SECONDS);
    if (kept > 0) this.moments.splice(0, kept);
  }
}

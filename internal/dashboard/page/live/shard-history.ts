import type { ShardNow } from './topics.ts';

/** What all shards did at one moment; `now` in unix seconds. */
export interface ShardMoment {
  readonly now: number;
  readonly queued: number;
  readonly inFlight: number;
  /** Since the moment before, per second. */
  readonly eventsPerSecond: number;
  /** The slowest shard's. */
  readonly latencyP99Ms: number | null;
}

const EACH_SECONDS = 0.9;
const KEPT_SECONDS = 600;

/** The last ten minutes of the shards, as they were told about once a second. */
export class ShardHistory {
  readonly moments: ShardMoment[] = [];
  #events: number | undefined;
  #at = -Infinity;

  record(now: number, shards: Iterable<ShardNow>): void {
    if (now - this.#at < EACH_SECONDS) return;
    let [queued, inFlight, events] = [0, 0, 0];
    let latencyP99Ms: number | null = null;
    for (const shard of shards) {
      queued += shard.queued;
      inFlight += shard.in_flight;
      events += shard.events;
      const { p99 } = shard.flush_latency_ms;
      if (p99 !== null) latencyP99Ms = Math.max(latencyP99Ms ?? 0, p99);
    }
    // A service that was started again counts from nothing.
    const isAfter = this.#events !== undefined && events >= this.#events && now - this.#at < 10;
    const eventsPerSecond = isAfter ? (events - (this.#events ?? 0)) / (now - this.#at) : 0;
    this.moments.push({ now, queued, inFlight, eventsPerSecond, latencyP99Ms });
    this.#events = events;
    this.#at = now;
    const kept = this.moments.findIndex((moment) => moment.now > now - KEPT_SECONDS);
    if (kept > 0) this.moments.splice(0, kept);
  }
}

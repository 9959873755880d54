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
const MOST_KEPT = Math.ceil(KEPT_SECONDS / EACH_SECONDS) + 1;
// What was counted over a longer break is no rate of this moment.
const LONGEST_BREAK_SECONDS = 10;
/** So many figures are kept of a shard at a moment; NaN stands for one that it does not have. */
const FIGURES = 3;

/** The last ten minutes of the shards, as they were told about once a second, in rings of numbers: objects would take many times that. */
export class ShardHistory {
  readonly #times = new Float64Array(MOST_KEPT);
  readonly #shards = new Map<number, Float32Array>();
  /** Where the oldest moment is in the rings, and how many there are. */
  #oldest = 0;
  #count = 0;
  #events = new Map<number, number>();
  #at = -Infinity;

  /** Made anew from what is kept each time that it is asked for. */
  get moments(): ShardMoment[] {
    return Array.from({ length: this.#count }, (_, index) => {
      const place = this.#placeOf(index);
      const shards = new Map<number, ShardFigures>();
      for (const [id, ring] of this.#shards) {
        const [waiting = NaN, eventsPerSecond = NaN, latency = NaN] = figuresAt(ring, place);
        if (Number.isNaN(waiting)) continue;
        shards.set(id, { waiting, eventsPerSecond, latencyP99Ms: Number.isNaN(latency) ? null : latency });
      }
      return { now: this.#times[place] ?? NaN, shards };
    });
  }

  record(now: number, shards: Iterable<ShardNow>): void {
    const seconds = now - this.#at;
    if (seconds < EACH_SECONDS) return;
    this.#forgetBefore(now - KEPT_SECONDS);
    const counted = new Map<number, number>();
    const place = this.#placeOf(this.#count++);
    this.#times[place] = now;
    for (const { id, queued, in_flight, events, flush_latency_ms } of shards) {
      const before = this.#events.get(id);
      // A service that was started again counts from nothing.
      const isAfter = before !== undefined && events >= before && seconds < LONGEST_BREAK_SECONDS;
      const eventsPerSecond = isAfter ? (events - before) / seconds : 0;
      const latencyP99Ms = flush_latency_ms.p99 ?? NaN;
      figuresAt(this.#ringOf(id), place).set([queued + in_flight, eventsPerSecond, latencyP99Ms]);
      counted.set(id, events);
    }
    this.#events = counted;
    this.#at = now;
    for (const [id, ring] of this.#shards) if (ring.every(Number.isNaN)) this.#shards.delete(id);
  }

  #placeOf(index: number): number {
    return (this.#oldest + index) % MOST_KEPT;
  }

  #ringOf(id: number): Float32Array {
    const ring = this.#shards.get(id) ?? new Float32Array(FIGURES * MOST_KEPT).fill(NaN);
    this.#shards.set(id, ring);
    return ring;
  }

  /** Forgets the moments up to that second, so that each place that is free has no figures. */
  #forgetBefore(second: number): void {
    while (this.#count > 0 && (this.#times[this.#oldest] ?? NaN) <= second) {
      for (const ring of this.#shards.values()) figuresAt(ring, this.#oldest).fill(NaN);
      this.#oldest = this.#placeOf(1);
      this.#count--;
    }
  }
}

function figuresAt(ring: Float32Array, place: number): Float32Array {
  return ring.subarray(FIGURES * place, FIGURES * (place + 1));
}

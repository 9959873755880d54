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

/** Figures of one shard, one for each moment; NaN where there is none. Lists of numbers take a fraction of what objects would. */
interface Columns {
  readonly waiting: number[];
  readonly eventsPerSecond: number[];
  readonly latencyP99Ms: number[];
}

const listsOf = ({ waiting, eventsPerSecond, latencyP99Ms }: Columns) => [
  waiting,
  eventsPerSecond,
  latencyP99Ms,
];

/** The last ten minutes of the shards, as they were told about once a second. */
export class ShardHistory {
  readonly #times: number[] = [];
  readonly #shards = new Map<number, Columns>();
  #events = new Map<number, number>();
  #at = -Infinity;

  /** Made anew from what is kept each time that it is asked for. */
  get moments(): ShardMoment[] {
    return this.#times.map((now, at) => {
      const shards = new Map<number, ShardFigures>();
      for (const [id, { waiting, eventsPerSecond, latencyP99Ms }] of this.#shards) {
        const figures = { waiting: waiting[at] ?? NaN, eventsPerSecond: eventsPerSecond[at] ?? NaN };
        const latency = latencyP99Ms[at] ?? NaN;
        if (Number.isNaN(figures.waiting)) continue;
        shards.set(id, { ...figures, latencyP99Ms: Number.isNaN(latency) ? null : latency });
      }
      return { now, shards };
    });
  }

  record(now: number, shards: Iterable<ShardNow>): void {
    const seconds = now - this.#at;
    if (seconds < EACH_SECONDS) return;
    const counted = new Map<number, number>();
    const at = this.#times.push(now) - 1;
    for (const { id, queued, in_flight, events, flush_latency_ms } of shards) {
      const before = this.#events.get(id);
      // A service that was started again counts from nothing.
      const isAfter = before !== undefined && events >= before && seconds < LONGEST_BREAK_SECONDS;
      const columns = this.#columnsOf(id, at);
      columns.waiting[at] = queued + in_flight;
      columns.eventsPerSecond[at] = isAfter ? (events - before) / seconds : 0;
      columns.latencyP99Ms[at] = flush_latency_ms.p99 ?? NaN;
      counted.set(id, events);
    }
    this.#events = counted;
    this.#at = now;
    this.#forgetBefore(now - KEPT_SECONDS);
  }

  /** The columns of a shard, with nothing told at the moments up to that one. */
  #columnsOf(id: number, at: number): Columns {
    const known = this.#shards.get(id) ?? { waiting: [], eventsPerSecond: [], latencyP99Ms: [] };
    this.#shards.set(id, known);
    for (const column of listsOf(known)) while (column.length < at) column.push(NaN);
    return known;
  }

  #forgetBefore(second: number): void {
    const kept = this.#times.findIndex((now) => now > second);
    if (kept <= 0) return;
    this.#times.splice(0, kept);
    for (const [id, columns] of this.#shards) {
      for (const column of listsOf(columns)) column.splice(0, kept);
      if (columns.waiting.every(Number.isNaN)) this.#shards.delete(id);
    }
  }
}

import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

import type { FlushResult } from './worker.ts';

/** Who worked and what each shard is doing. Plain data: it crosses processes. */
export interface Figures {
  /** Oldest first. */
  readonly workers: readonly OfReplica<WorkerRecord>[];
  readonly shards: readonly OfReplica<ShardStatus>[];
  /** What else each process counts, for who watches from outside. */
  readonly measures: readonly Measure[];
}

/** What the shards of one process know of themselves, with ids of their own. */
export interface OwnFigures {
  readonly workers: readonly Readonly<WorkerRecord>[];
  readonly shards: readonly ShardStatus[];
}

/** Figures of one name, as `GET /metrics` tells them. Plain data. */
export interface Measure {
  /** In Prometheus' way: unit and kind in the name. */
  readonly name: string;
  readonly help: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly values: readonly MeasuredValue[];
}

/** One figure; of a histogram, how its values are spread. */
export interface MeasuredValue {
  /** Few, and of few values each. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly spread?: Spread;
}

/** How many values were at most each bound, but above the one before; the last number is of those above all. */
export interface Spread {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
}

/** Something of the replica of that name; its ids are like no other's of all replicas. */
export type OfReplica<T> = Readonly<T> & { readonly replica: string };

/** Asks for the figures of all processes of this replica. */
export type AskFigures = () => Promise<Figures>;

/** One worker (a thread of one shard) since the service started; times in unix milliseconds. */
export interface WorkerRecord {
  /** The thread's id. */
  readonly id: number;
  readonly shardId: number;
  readonly createdAtMs: number;
  finishedAtMs: number | undefined;
  /** Events that this worker committed, of requests that were acknowledged. */
  events: number;
}

/** What one shard did since the service started; latencies in milliseconds, null before the first flush. */
export interface FlushFigures {
  readonly batches: number;
  readonly events: number;
  readonly failedBatches: number;
  readonly latencyP50Ms: number | null;
  readonly latencyP99Ms: number | null;
}

/** What one shard is doing, and what it did since the start. */
export interface ShardStatus extends FlushFigures {
  readonly shardId: number;
  readonly queuedEvents: number;
  readonly eventsInFlight: number;
  readonly liveWorkers: number;
}

// Thread ids of one process stay far below.
const WORKER_IDS_PER_SHARD = 1_000_000_000;

/** The figures of one process as all replicas know them: its shards, the first of which is `own` here, begin with `first`. */
export function ofReplica(
  { workers, shards }: OwnFigures,
  replica: string,
  own: number,
  first: number,
): Omit<Figures, 'measures'> {
  const idOf = (shardId: number) => shardId - own + first;
  return {
    workers: workers.map((worker) => ({
      ...{ ...worker, replica, shardId: idOf(worker.shardId) },
      id: first * WORKER_IDS_PER_SHARD + worker.id,
    })),
    shards: shards.map((shard) => ({ ...shard, replica, shardId: idOf(shard.shardId) })),
  };
}

/** The figures of several processes as one. */
export function mergeFigures(all: readonly Figures[]): Figures {
  return {
    workers: all.flatMap(({ workers }) => workers).toSorted(oldestFirst),
    shards: all.flatMap(({ shards }) => shards).toSorted((a, b) => a.shardId - b.shardId),
    measures: all.flatMap(({ measures }) => measures),
  };
}

/** The order of workers wherever they are listed. */
function oldestFirst(a: Readonly<WorkerRecord>, b: Readonly<WorkerRecord>): number {
  return a.createdAtMs - b.createdAtMs || a.id - b.id;
}

/** Who worked: every worker ever created, oldest first. Finished ones are kept, so that counts add up. */
export class WorkerRegistry {
  /** By thread. */
  readonly #records = new Map<number, WorkerRecord>();
  /** Events of threads that are not known yet: piscina gives tasks to threads that start, and may hear of their results first. */
  readonly #early = new Map<number, number>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  created(threadId: number, shardId: number): void {
    const createdAtMs = this.#nowMs();
    const events = this.#early.get(threadId) ?? 0;
    this.#early.delete(threadId);
    this.#records.set(threadId, { id: threadId, shardId, createdAtMs, finishedAtMs: undefined, events });
  }

  finished(threadId: number): void {
    const record = this.#records.get(threadId);
    if (record !== undefined) record.finishedAtMs ??= this.#nowMs();
  }

  /** Counts events of a request that is acknowledged, for the worker that committed them. */
  count(threadId: number, events: number): void {
    const record = this.#records.get(threadId);
    if (record !== undefined) record.events += events;
    else this.#early.set(threadId, (this.#early.get(threadId) ?? 0) + events);
  }

  all(): readonly Readonly<WorkerRecord>[] {
    // Threads tell that they run in any order, and clocks are set back.
    return [...this.#records.values()].sort(oldestFirst);
  }
}

const MICROSECONDS_PER_MS = 1000;

/** Counts the flushes that had events of one shard, and how long they took, from the hand-over to a worker to its verdict. */
export class ShardStatistics {
  readonly #latencyMicroseconds: RecordableHistogram = createHistogram();
  #batches = 0;
  #events = 0;
  #failedBatches = 0;

  record(result: FlushResult, events: number, durationMs: number): void {
    this.#latencyMicroseconds.record(Math.max(1, Math.round(durationMs * MICROSECONDS_PER_MS)));
    if (result.outcome === 'failed') {
      this.#failedBatches++;
      return;
    }
    this.#batches++;
    this.#events += events;
  }

  figures(): FlushFigures {
    return {
      batches: this.#batches,
      events: this.#events,
      failedBatches: this.#failedBatches,
      latencyP50Ms: this.#percentile(50),
      latencyP99Ms: this.#percentile(99),
    };
  }

  #percentile(percentile: number): number | null {
    if (this.#latencyMicroseconds.count === 0) return null;
    return this.#latencyMicroseconds.percentile(percentile) / MICROSECONDS_PER_MS;
  }
}

/** How values are spread over ranges. */
class Distribution {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  record(value: number): void {
    this.#sum += value;
    let range = 0;
    while (value > (this.#bounds[range] ?? Infinity)) range++;
    this.#counts[range] = (this.#counts[range] ?? 0) + 1;
  }

  get spread(): Spread {
    return { bounds: this.#bounds, counts: [...this.#counts], sum: this.#sum };
  }
}

const EVENT_BOUNDS = [1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000];
const SECOND_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Counts the flushes of one kind of batch: of its lanes, whichever shards they are for. */
export class SinkStatistics {
  readonly #sizes = new Distribution(EVENT_BOUNDS);
  readonly #seconds = new Distribution(SECOND_BOUNDS);
  #committedEvents = 0;
  #failures = 0;

  record({ outcome }: FlushResult, events: number, durationMs: number): void {
    this.#seconds.record(durationMs / 1000);
    if (outcome === 'failed') {
      this.#failures++;
    } else {
      this.#sizes.record(events);
      this.#committedEvents += events;
    }
  }

  measures(sink: string): Measure[] {
    const one = (name: string, help: string, figure: number | Spread): Measure => ({
      name,
      help,
      kind: typeof figure === 'number' ? 'counter' : 'histogram',
      values: [
        typeof figure === 'number'
          ? { labels: { sink }, value: figure }
          : { labels: { sink }, value: figure.sum, spread: figure },
      ],
    });
    return [
      one('minikom_batch_events', 'Events of the batches that were committed.', this.#sizes.spread),
      one(
        'minikom_flush_duration_seconds',
        'From giving a batch to a worker to its verdict.',
        this.#seconds.spread,
      ),
      one(
        'minikom_events_committed_total',
        'Events of the batches that were committed.',
        this.#committedEvents,
      ),
      one('minikom_flush_failures_total', 'Batches that were given up on.', this.#failures),
    ];
  }
}

import { withDeadline } from '../database/deadline.ts';
import { openLanes, type Lanes, type LaneShard, type LanesOptions } from './lanes.ts';
import { WorkerPool, type PoolOptions } from './pool.ts';
import type { Figures } from './figures.ts';
import { ShardLoad } from './shard-load.ts';
import { ShardStatistics, type FlushFigures } from './shard-statistics.ts';
import type { BatchKind } from './sink.ts';
import { WorkerRegistry } from './worker-registry.ts';

/** What all shards of a service are made from; durations in milliseconds. */
export interface ShardsOptions extends LanesOptions {
  readonly shards: number;
  /** Where several processes make up the service: what the ids of this one's shards and workers come after. */
  readonly idsAfter?: { readonly shard: number; readonly worker: number };
  readonly workersPerShard: number;
  readonly maxQueuedEvents: number;
  readonly workerFile: URL;
  readonly connectionString: string;
  readonly connectTimeoutMs: number;
}

interface Shard extends LaneShard {
  readonly pool: WorkerPool;
  readonly statistics: ShardStatistics;
}

/** What one shard is doing, and what it did since the start. */
export interface ShardStatus extends FlushFigures {
  readonly shardId: number;
  readonly queuedEvents: number;
  readonly eventsInFlight: number;
  readonly liveWorkers: number;
}

/** The N shards of this process: each with its workers, its bounded queue and a lane per kind of batch. */
export class Shards {
  /** Every worker since the start. */
  readonly workers: WorkerRegistry;
  readonly #background: WorkerPool;
  readonly #options: ShardsOptions;
  readonly #shards: Shard[];
  /** By their sink; of any columns. */
  readonly #lanes = new Map<string, Pick<Lanes<unknown>, 'stop'>>();

  constructor(options: ShardsOptions) {
    this.#options = options;
    this.workers = new WorkerRegistry(options.idsAfter?.worker);
    const firstShardId = options.idsAfter?.shard ?? 0;
    this.#shards = Array.from({ length: options.shards }, (_, index) => {
      const id = firstShardId + index;
      const statistics = new ShardStatistics();
      return {
        id,
        pool: this.#createPool(`minikom shard ${id}`, {
          shardId: id,
          maxWorkers: options.workersPerShard,
          registry: this.workers,
        }),
        load: new ShardLoad(options.maxQueuedEvents, (...flushed) => statistics.record(...flushed)),
        statistics,
      };
    });
    this.#background = this.#createPool('minikom background', { maxWorkers: 1 });
  }

  /** One more worker, of no shard: for what no request waits in a queue for. */
  get background(): Pick<WorkerPool, 'flush'> {
    return this.#background;
  }

  #createPool(
    applicationName: string,
    own: Pick<PoolOptions, 'shardId' | 'maxWorkers' | 'registry'>,
  ): WorkerPool {
    const { workerFile, connectionString, connectTimeoutMs, limits, workerIdleTimeoutMs, logger } =
      this.#options;
    const statementTimeoutMs = limits.flushTimeoutMs;
    return new WorkerPool({
      ...own,
      workerFile,
      setup: { applicationName, connectionString, connectTimeoutMs, statementTimeoutMs },
      idleTimeoutMs: workerIdleTimeoutMs,
      logger,
    });
  }

  /** The lanes for this kind of batch: opened at the first call, and kept. */
  lanes<Columns>(kind: BatchKind<Columns>): Lanes<Columns> {
    // A sink's name stands for one kind of batch, so what is kept under it is of that kind's columns.
    const known = this.#lanes.get(kind.sink) as Lanes<Columns> | undefined;
    if (known !== undefined) return known;
    const lanes = openLanes(kind, this.#shards, this.#options);
    this.#lanes.set(kind.sink, lanes);
    return lanes;
  }

  /** Who worked, and each shard's status, in order. */
  figures(): Figures {
    return { workers: this.workers.all(), shards: this.#status() };
  }

  #status(): ShardStatus[] {
    return this.#shards.map(({ id, pool, load, statistics }) => ({
      shardId: id,
      queuedEvents: load.queuedEvents,
      eventsInFlight: load.eventsInFlight,
      liveWorkers: pool.liveWorkers,
      ...statistics.figures(),
    }));
  }

  /** Why writes fail although the database answers: workers do not start, or end in the midst of their batches. */
  whyNotReady(): string | undefined {
    return this.#shards.some(({ pool }) => pool.isFailing) ? 'The workers do not work.' : undefined;
  }

  /** Flushes all that is queued, at most for `timeoutMs`, then ends the workers. Safe to call twice. */
  async stop(timeoutMs: number): Promise<void> {
    const drained = Promise.all([...this.#lanes.values()].map((lanes) => lanes.stop()));
    await withDeadline(drained, timeoutMs).catch(() => undefined);
    await Promise.all([...this.#shards.map(({ pool }) => pool.stop()), this.#background.stop()]);
  }
}

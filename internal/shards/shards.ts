import { withDeadline } from '../database/deadline.ts';
import type { Logger } from '../telemetry/logger.ts';
import { shardOf } from './hash.ts';
import { Lane, type FlushWatcher, type LaneLimits } from './lane.ts';
import { WorkerPool, type PoolOptions } from './pool.ts';
import type { FlushResult } from './protocol.ts';
import type { Figures } from './figures.ts';
import { ShardStatistics, type FlushFigures } from './shard-statistics.ts';
import type { BatchKind } from './sink.ts';
import { WorkerRegistry } from './worker-registry.ts';

/** What all shards of a service are made from; durations in milliseconds. */
export interface ShardsOptions {
  readonly shards: number;
  /** Where several processes make up the service: what the ids of this one's shards and workers come after. */
  readonly idsAfter?: { readonly shard: number; readonly worker: number };
  readonly workersPerShard: number;
  readonly workerIdleTimeoutMs: number;
  readonly maxQueuedEvents: number;
  readonly limits: Omit<LaneLimits, 'maxInFlight'>;
  readonly workerFile: URL;
  readonly connectionString: string;
  readonly connectTimeoutMs: number;
  /** Told of what batches may have changed; see {@link BatchKind.changes}. */
  readonly onChanged: (topic: string, keys: Iterable<string>) => void;
  readonly logger: Logger;
}

interface Shard {
  readonly id: number;
  readonly pool: WorkerPool;
  readonly room: { events: number };
  readonly lanes: { readonly eventsInFlight: number; stop(): Promise<void> }[];
  readonly statistics: ShardStatistics;
}

/** What one shard is doing, and what it did since the start. */
export interface ShardStatus extends FlushFigures {
  readonly shardId: number;
  readonly queuedEvents: number;
  readonly eventsInFlight: number;
  readonly liveWorkers: number;
}

/** The lanes of one kind of batch, one per shard. */
export interface Lanes<Columns> {
  /** The lane of a key: the same key always takes the same lane. */
  of(key: string): Lane<Columns>;
  /** The lane of the shard with this id, from 0 up to before {@link Lanes.shards}. */
  at(shardId: number): Lane<Columns>;
  readonly shards: number;
  /** Those of all of them: see {@link Lane.hold} and {@link Lane.watch}. */
  hold(until: Promise<unknown>): void;
  watch(onFlushed: FlushWatcher<Columns>): void;
}

/** The N shards of this process: each with its workers, its bounded queue and a lane per kind of batch. */
export class Shards {
  /** Every worker since the start. */
  readonly workers: WorkerRegistry;
  readonly #background: WorkerPool;
  readonly #options: ShardsOptions;
  readonly #shards: Shard[];
  readonly #lanes = new Map<string, unknown>();

  constructor(options: ShardsOptions) {
    this.#options = options;
    this.workers = new WorkerRegistry(options.idsAfter?.worker);
    const firstShardId = options.idsAfter?.shard ?? 0;
    this.#shards = Array.from({ length: options.shards }, (_, index) => {
      const id = firstShardId + index;
      return {
        id,
        pool: this.#createPool(`minikom shard ${id}`, {
          shardId: id,
          maxWorkers: options.workersPerShard,
          registry: this.workers,
        }),
        room: { events: options.maxQueuedEvents },
        lanes: [],
        statistics: new ShardStatistics(),
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

  /** The lanes for this kind of batch: every shard gets one at the first call, and keeps it. */
  lanes<Columns>(kind: BatchKind<Columns>): Lanes<Columns> {
    // A sink's name stands for one kind of batch, so what is kept under it is of that kind's columns.
    const known = this.#lanes.get(kind.sink) as Lanes<Columns> | undefined;
    if (known !== undefined) return known;
    const lanes = this.#createLanes(kind);
    this.#lanes.set(kind.sink, lanes);
    return lanes;
  }

  #createLanes<Columns>(kind: BatchKind<Columns>): Lanes<Columns> {
    const lanes = this.#shards.map((shard, shardId) => {
      const lane = new Lane(
        kind,
        { ...this.#options.limits, maxInFlight: kind.maxInFlight },
        {
          flush: (task) => shard.pool.flush(task),
          room: shard.room,
          onFlushed: (result, events, durationMs) => {
            shard.statistics.record(result, events, durationMs);
            this.#log(shardId, kind.sink, result, events, durationMs);
          },
          onChanged: this.#options.onChanged,
        },
      );
      shard.lanes.push(lane);
      return lane;
    });
    const at = (shardId: number) => {
      const lane = lanes[shardId];
      if (lane === undefined) throw new RangeError(`there is no shard ${shardId}`);
      return lane;
    };
    return {
      of: (key) => at(shardOf(key, lanes.length)),
      at,
      shards: lanes.length,
      hold(until) {
        for (const lane of lanes) lane.hold(until);
      },
      watch(onFlushed) {
        for (const lane of lanes) lane.watch(onFlushed);
      },
    };
  }

  /** Who worked, and each shard's status, in order. */
  figures(): Figures {
    return { workers: this.workers.all(), shards: this.#status() };
  }

  #status(): ShardStatus[] {
    return this.#shards.map(({ id, pool, room, lanes, statistics }) => ({
      shardId: id,
      queuedEvents: this.#options.maxQueuedEvents - room.events,
      eventsInFlight: lanes.reduce((sum, lane) => sum + lane.eventsInFlight, 0),
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
    const drained = Promise.all(this.#shards.flatMap((shard) => shard.lanes.map((lane) => lane.stop())));
    await withDeadline(drained, timeoutMs).catch(() => undefined);
    await Promise.all([...this.#shards.map(({ pool }) => pool.stop()), this.#background.stop()]);
  }

  #log(shard: number, sink: string, result: FlushResult, events: number, durationMs: number): void {
    const fields = { shard, sink, events, durationMs, ...result };
    if (result.outcome === 'failed') this.#options.logger.warn(fields, 'flush failed');
    else this.#options.logger.debug(fields, 'flushed');
  }
}

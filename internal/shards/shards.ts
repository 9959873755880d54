import { withDeadline } from '../database/deadline.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import { ThreadStarts } from '../threads/thread-starts.ts';
import { ShardStatistics, SinkStatistics, WorkerRegistry, type Measure, type OwnFigures } from './figures.ts';
import { Lane, type CommitWatcher, type LaneLimits } from './flush.ts';
import { shardOf, ShardLoad, type BatchKind, type Commit, type Queue } from './queue.ts';
import { Carriers, WorkerPool, type Carrier, type PoolOptions } from './workers.ts';

/** What all shards of a service are made from; durations in milliseconds. */
export interface ShardsOptions extends LanesOptions {
  /** The id of the first one here: not 0 where several processes make up the service. */
  readonly firstShard?: number;
  /** Most workers of each shard. */
  readonly workers: readonly number[];
  readonly maxQueuedEvents: number;
  readonly workerFile: URL;
  readonly connectionString: string;
  /** As `hasSessions` of a pool. */
  readonly hasSessions?: boolean;
  readonly connectTimeoutMs: number;
}

/** The N shards of this process: each with its workers, its bounded queues and a lane per kind of batch. */
export class Shards {
  /** Every worker since the start. */
  readonly workers: WorkerRegistry;
  readonly #options: ShardsOptions;
  readonly #starts = new ThreadStarts();
  readonly #shards: (Shard & { readonly pool: WorkerPool; readonly statistics: ShardStatistics })[];
  /** By their sink; of any columns. */
  readonly #lanes = new Map<string, Pick<Lanes<unknown>, 'stop' | 'statistics'>>();

  constructor(options: ShardsOptions) {
    this.#options = options;
    this.workers = new WorkerRegistry();
    const { firstShard = 0 } = options;
    this.#shards = options.workers.map((maxWorkers, index) => {
      const id = firstShard + index;
      const own = { shardId: id, maxWorkers, registry: this.workers };
      const statistics = new ShardStatistics();
      return {
        id,
        pool: this.#createPool(`minikom shard ${id}`, own),
        load: new ShardLoad(options.maxQueuedEvents, (...flushed) => statistics.record(...flushed)),
        statistics,
      };
    });
  }

  #createPool(
    applicationName: string,
    own: Pick<PoolOptions, 'shardId' | 'maxWorkers' | 'registry'>,
  ): WorkerPool {
    const {
      workerFile,
      connectionString,
      hasSessions = true,
      connectTimeoutMs,
      limits,
      workerIdleTimeoutMs,
      logger,
    } = this.#options;
    const statementTimeoutMs = limits.flushTimeoutMs;
    return new WorkerPool({
      ...own,
      workerFile,
      setup: { applicationName, connectionString, hasSessions, connectTimeoutMs, statementTimeoutMs },
      idleTimeoutMs: workerIdleTimeoutMs,
      starts: this.#starts,
      logger,
    });
  }

  /** The lanes for this kind of batch: opened at the first call, and kept. */
  lanes<Columns>(kind: BatchKind<Columns>): Lanes<Columns> {
    // A sink's name stands for one kind of batch, so what is kept under it is of that kind's columns.
    const known = this.#lanes.get(kind.sink) as Lanes<Columns> | undefined;
    if (known !== undefined) return known;
    const lanes = new Lanes(kind, this.#shards, this.#options);
    this.#lanes.set(kind.sink, lanes);
    return lanes;
  }

  /**
   * Resolves when all commits of one request are known, and counts them for their workers: from then on the request is
   * acknowledged. If one fails it rejects, and none counts, although others may be stored: the caller will send all again.
   * Nor does any if the `answer` was given meanwhile, which says that it took too long.
   */
  async acknowledge(commits: readonly Commit[], answer?: { readonly headersSent: boolean }): Promise<void> {
    const [only] = commits;
    // A single report, the usual request, has one commit.
    if (commits.length === 1 && only !== undefined) {
      const workerId = await only.committedBy;
      if (answer?.headersSent !== true) this.workers.count(workerId, only.events);
      return;
    }
    const workerIds = await Promise.all(commits.map(({ committedBy }) => committedBy));
    if (answer?.headersSent === true) return;
    for (const [index, { events }] of commits.entries()) this.workers.count(workerIds[index] ?? 0, events);
  }

  /** Who worked, and each shard's status, in order. */
  figures(): OwnFigures {
    const shards = this.#shards.map(({ id, pool, load, statistics }) => ({
      shardId: id,
      queuedEvents: load.queuedEvents,
      eventsInFlight: load.eventsInFlight,
      liveWorkers: pool.liveWorkers,
      ...statistics.figures(),
    }));
    return { workers: this.workers.all(), shards };
  }

  /** What was flushed, by kind of batch. */
  measures(): Measure[] {
    return [...this.#lanes].flatMap(([sink, { statistics }]) => statistics.measures(sink));
  }

  /** Why writes fail although the database answers: workers do not start, or end in the midst of their batches. */
  whyNotReady(): string | undefined {
    return this.#shards.some(({ pool }) => pool.isFailing) ? 'The workers do not work.' : undefined;
  }

  /** Flushes all that is queued, at most for `timeoutMs`, then ends the workers. Safe to call twice. */
  async stop(timeoutMs: number): Promise<void> {
    const drained = Promise.all([...this.#lanes.values()].map((lanes) => lanes.stop()));
    await withDeadline(drained, timeoutMs).catch(() => undefined);
    await Promise.all(this.#shards.map(({ pool }) => pool.stop()));
  }
}

/** One shard, as its lanes see it. */
interface Shard extends Carrier {
  readonly id: number;
}

/** What all lanes are made from; durations in milliseconds. */
interface LanesOptions {
  readonly limits: Pick<LaneLimits, 'batchSize' | 'flushIntervalMs' | 'flushTimeoutMs'>;
  readonly workerIdleTimeoutMs: number;
  readonly tracing?: Pick<Tracing, 'flushed'> | undefined;
  readonly logger: Logger;
}

// Flushes of the shared lane follow one another, but the next does not wait for one that takes many times as long as usual,
// nor for so long that its own requests would not be answered in time.
const PATIENCE_MS = 20;
const MAX_PATIENCE_SHARE = 0.1;

/** The lanes of one kind of batch: one for each shard and, if it may share, one for all of them. */
export class Lanes<Columns> {
  /** Of what they flushed. */
  readonly statistics = new SinkStatistics();
  readonly #all: Lane<Columns>[] = [];
  readonly #ways: readonly WayIn<Columns>[];

  constructor(kind: BatchKind<Columns>, shards: readonly Shard[], options: LanesOptions) {
    const { limits, workerIdleTimeoutMs, tracing, logger } = options;
    const open = (
      own: Pick<LaneLimits, 'maxInFlight' | 'patienceMs'>,
      workers: Pick<Carriers, 'flush'>,
      shard?: number,
    ) => {
      const lane = new Lane(
        kind,
        { ...limits, ...own },
        {
          flush: (task, loads) => workers.flush(task, loads),
          onFlushed: (result, { events, requests }, durationMs) => {
            this.statistics.record(result, events, durationMs);
            const { outcome } = result;
            tracing?.flushed({ sink: kind.sink, shard, events, outcome, durationMs, requests });
            const fields = { shard, sink: kind.sink, events, durationMs, ...result };
            if (result.outcome === 'failed') logger.warn(fields, 'flush failed');
            else logger.debug(fields, 'flushed');
          },
        },
      );
      this.#all.push(lane);
      return lane.queue;
    };
    const patienceMs = Math.min(PATIENCE_MS, limits.flushTimeoutMs * MAX_PATIENCE_SHARE);
    const together = { maxInFlight: shards.length, patienceMs };
    const shared = kind.mayShare ? open(together, new Carriers(shards, workerIdleTimeoutMs)) : undefined;
    const alone = { maxInFlight: kind.maxInFlight, patienceMs: 0 };
    this.#ways = shards.map(({ id, load, pool }) => new WayIn(load, pool, open(alone, pool, id), shared));
  }

  get shards(): number {
    return this.#ways.length;
  }

  /** The way in for a key: the same key always takes the same shard. */
  of(key: string): WayIn<Columns> {
    return this.at(shardOf(key, this.#ways.length));
  }

  /** The way in of the shard with this id, from 0 up to before {@link Lanes.shards}. */
  at(shardId: number): WayIn<Columns> {
    const way = this.#ways[shardId];
    if (way === undefined) throw new RangeError(`there is no shard ${shardId}`);
    return way;
  }

  /** How many events may be queued now that go to all shards alike. */
  get evenRoom(): number {
    return this.shards * Math.min(...this.#ways.map(({ room }) => room));
  }

  /**
   * Throws an UnavailableError if no shard takes anything at all: a body that cannot be taken, whatever it says, need not be
   * parsed to be told so.
   */
  requireAnyRoom(): void {
    const refusals: unknown[] = [];
    for (const way of this.#ways) {
      try {
        way.requireRoom(1);
        return;
      } catch (refusal) {
        refusals.push(refusal);
      }
    }
    throw refusals[0];
  }

  /** As {@link Queue.refuseWhile}, for all lanes. */
  refuseWhile(reason: () => string | undefined): void {
    for (const { queue } of this.#all) queue.refuseWhile(reason);
  }

  /** As {@link Lane.onCommitted}, for all lanes. */
  onCommitted(watcher: CommitWatcher<Columns>): void {
    for (const lane of this.#all) lane.onCommitted(watcher);
  }

  /** As {@link Lane.stop}, for all lanes. */
  async stop(): Promise<void> {
    await Promise.all(this.#all.map((lane) => lane.stop()));
  }
}

// A shard that committed nothing for this long is at rest, or its workers have yet to start: they are the ones to begin.
const AT_REST_MS = 1000;

/**
 * The way in for the events of one shard: to its own lane or, when the shard is busy, to the lane that all shards share, if
 * there is one. A flush costs several switches between threads and processes and a write to the disk, however little it
 * carries: five shards that get a part of each body, or a few single reports each, would pay five times as many.
 */
export class WayIn<Columns> {
  readonly #load: ShardLoad;
  readonly #workers: Pick<WorkerPool, 'isFailing'>;
  readonly #own: Queue<Columns>;
  readonly #shared: Queue<Columns> | undefined;

  /** `workers` are the shard's own. */
  constructor(
    load: ShardLoad,
    workers: Pick<WorkerPool, 'isFailing'>,
    own: Queue<Columns>,
    shared?: Queue<Columns>,
  ) {
    this.#load = load;
    this.#workers = workers;
    this.#own = own;
    this.#shared = shared;
  }

  /** As {@link ShardLoad.room}. */
  get room(): number {
    return this.#load.room;
  }

  /** As {@link Queue.requireRoom}. */
  requireRoom(events: number): void {
    this.#own.requireRoom(this.#load, events);
  }

  /** As {@link Queue.append}. */
  append(events: number, write: (columns: Columns) => void): Commit {
    return this.#queue().append(this.#load, events, write);
  }

  #queue(): Queue<Columns> {
    if (this.#shared === undefined) return this.#own;
    const isAtRest = performance.now() - this.#load.committedAtMs > AT_REST_MS;
    // While its workers fail, a shard finds out by itself when they work again, and is no burden to others.
    return isAtRest || this.#workers.isFailing ? this.#own : this.#shared;
  }
}

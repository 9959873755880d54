import { setTimeout as pause } from 'node:timers/promises';

import { monotonicMs, withDeadline } from '../database/deadline.ts';
import type { Logger } from '../telemetry/logger.ts';
import { ThreadPool } from '../threads/thread-pool.ts';
import type { ThreadStarts } from '../threads/thread-starts.ts';
import type { WorkerRegistry } from './figures.ts';
import type { ShardLoad } from './queue.ts';
import type { FlushResult, FlushTask, GivenTask, WorkerSetup } from './worker.ts';

/** Stands for the worker in a result where none was left to give one. */
export const NO_WORKER = 0;

/** How the workers of one shard are run; without a shard, those that belong to none. */
export interface PoolOptions {
  /** The worker's entry file: exports a function from FlushTask to FlushResult as default. */
  readonly workerFile: URL;
  readonly shardId?: number;
  readonly setup: WorkerSetup;
  readonly maxWorkers: number;
  readonly idleTimeoutMs: number;
  /** Shared by all shards: their workers start one after the other. */
  readonly starts?: ThreadStarts;
  /** Where the workers of a shard are listed. */
  readonly registry?: WorkerRegistry;
  readonly logger: Logger;
}

// A worker that has not answered this long after its task's own timeout is stuck, not slow.
const WATCHDOG_GRACE_MS = 500;
// A batch may lose its worker (a crash, a watchdog) and be given to another one this many times.
const MAX_LOST_WORKERS = 2;
const FIRST_PAUSE_MS = 50;
// A shard that no batch tries any more is given the benefit of the doubt again.
const FAILING_FOR_MS = 10_000;
// What a batch needs is soon garbage; a small space for it is swept often, and up to fifteen workers stay small.
const heapMiB = { old: 256, young: 8 };

/**
 * The workers of one shard. A batch whose worker is lost is given to another one, which is safe as it may be written twice;
 * so are the batches of the other workers of a pool that is replaced.
 */
export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #threads: ThreadPool;
  #stopped = false;
  #failedAtMs = -Infinity;
  #underWay = 0;

  constructor(options: PoolOptions) {
    this.#options = options;
    const { workerFile, shardId, setup, maxWorkers, idleTimeoutMs, starts, registry, logger } = options;
    this.#threads = new ThreadPool({
      what: setup.applicationName,
      file: workerFile,
      workerData: setup,
      maxThreads: maxWorkers,
      idleTimeoutMs,
      heapMiB,
      ...(starts !== undefined && { starts }),
      logger,
      ...(registry !== undefined &&
        shardId !== undefined && {
          onThread: {
            created: (threadId) => registry.created(threadId, shardId),
            finished: (threadId) => registry.finished(threadId),
          },
        }),
    });
  }

  /** Whether a short while ago a batch was given up on because its workers were lost, and none went well since. */
  get isFailing(): boolean {
    return performance.now() - this.#failedAtMs < FAILING_FOR_MS;
  }

  /** Batches that the workers have been given and not answered. */
  get batchesUnderWay(): number {
    return this.#underWay;
  }

  get liveWorkers(): number {
    return this.#threads.liveThreads;
  }

  /** Flushes one batch. Never rejects; settles at most {@link WATCHDOG_GRACE_MS} after the task's timeout. */
  async flush(task: FlushTask): Promise<FlushResult> {
    this.#underWay++;
    const result = await this.#flush(task);
    this.#underWay--;
    return result;
  }

  async #flush(task: FlushTask): Promise<FlushResult> {
    const deadlineMs = performance.now() + task.timeoutMs;
    for (let lostWorkers = 0; ; lostWorkers++) {
      const timeoutMs = deadlineMs - performance.now();
      try {
        const watched = { timeoutMs: timeoutMs + WATCHDOG_GRACE_MS };
        const given: GivenTask = { ...task, timeoutMs, givenMs: monotonicMs() };
        const result = await this.#threads.run<FlushResult>(given, watched);
        this.#failedAtMs = -Infinity;
        return result;
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        this.#options.logger.warn({ shard: this.#options.shardId, error }, 'worker lost during a flush');
        const pauseMs = FIRST_PAUSE_MS * 4 ** lostWorkers;
        const timeLeft = performance.now() + pauseMs < deadlineMs;
        if (lostWorkers >= MAX_LOST_WORKERS || this.#stopped || !timeLeft) {
          this.#failedAtMs = performance.now();
          const attempts = lostWorkers + 1;
          return { outcome: 'failed', workerId: NO_WORKER, attempts, transient: true, message };
        }
        // Where workers cannot start, or a batch ends each, they must not be started as fast as the machine can.
        await pause(pauseMs);
      }
    }
  }

  /** Ends all workers; tasks in flight fail. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#threads.stop();
  }
}

/** A shard, as one that may carry a batch for others. */
export interface Carrier {
  readonly load: ShardLoad;
  readonly pool: Pick<WorkerPool, 'flush' | 'isFailing' | 'batchesUnderWay'>;
}

// Each shard has had a batch within so much of the time after which an idle worker ends.
const TURNS_SHARE = 0.8;
// A batch that is not answered within so much of its time may have a worker that hangs. Usual are a few milliseconds.
const DOUBT_SHARE = 0.2;

/**
 * The workers of all shards, for batches that may have events of several. A batch goes to the first of its own shards that
 * has nothing under way; to another shard only if all its own are busy or fail. So as a rule the same worker carries all: one
 * that has just flushed does it again at half the cost of one whose code and connection are cold. Each of the others is
 * given a batch in turn, before its workers are found idle.
 */
export class Carriers {
  readonly #carriers: readonly Carrier[];
  readonly #turnMs: number;
  readonly #nowMs: () => number;
  #turn = 0;

  /** A worker that has nothing to do for `idleTimeoutMs` ends. */
  constructor(
    carriers: readonly Carrier[],
    idleTimeoutMs: number,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#carriers = carriers;
    this.#turnMs = (idleTimeoutMs * TURNS_SHARE) / carriers.length;
    this.#nowMs = nowMs;
  }

  /**
   * As {@link WorkerPool.flush}, for a batch with events of `shards`. If its carrier loses its workers, another is tried; if it
   * does not answer for long, another that has less to do is given the batch as well, and the first commit counts.
   */
  async flush(task: FlushTask, shards: Pick<ReadonlySet<ShardLoad>, 'has'>): Promise<FlushResult> {
    const deadlineMs = this.#nowMs() + task.timeoutMs;
    const carrier = this.#choose(shards);
    const flushing = carrier.pool.flush(task);
    const result = await withDeadline(flushing, task.timeoutMs * DOUBT_SHARE).catch(() => undefined);
    if (result !== undefined && result.workerId !== NO_WORKER) return result;
    const timeoutMs = deadlineMs - this.#nowMs();
    const other = this.#choose(shards);
    if (other === carrier || timeoutMs <= 0) return flushing;
    const again = other.pool.flush({ ...task, timeoutMs });
    return result === undefined ? firstCommit(flushing, again) : again;
  }

  #choose(shards: Pick<ReadonlySet<ShardLoad>, 'has'>): Carrier {
    const turn = Math.floor(this.#nowMs() / this.#turnMs);
    const first = turn === this.#turn ? 0 : turn % this.#carriers.length;
    this.#turn = turn;
    let chosen: Carrier | undefined;
    let least = Infinity;
    for (let index = 0; index < this.#carriers.length; index++) {
      const carrier = this.#carriers[(first + index) % this.#carriers.length];
      if (carrier === undefined) continue;
      const reluctance = reluctanceOf(carrier, shards.has(carrier.load));
      if (reluctance < least) [chosen, least] = [carrier, reluctance];
    }
    if (chosen === undefined) throw new Error('there are no shards');
    return chosen;
  }
}

/** How little a carrier is wanted: first of all if it fails, then by what it has to do, then if no event is of its shard. */
function reluctanceOf({ pool }: Carrier, isConcerned: boolean): number {
  return (pool.isFailing ? 1e6 : 0) + 2 * pool.batchesUnderWay + (isConcerned ? 0 : 1);
}

/** The flush that commits first; if none does, the other one's failure. */
async function firstCommit(one: Promise<FlushResult>, other: Promise<FlushResult>): Promise<FlushResult> {
  const first = await Promise.race([one, other]);
  if (first.outcome === 'committed') return first;
  const both = await Promise.all([one, other]);
  return both.find(({ outcome }) => outcome === 'committed') ?? both[1];
}

import { setTimeout as pause } from 'node:timers/promises';

import type { Logger } from '../telemetry/logger.ts';
import { ThreadPool } from '../threads/thread-pool.ts';
import type { FlushResult, FlushTask, WorkerSetup } from './protocol.ts';
import type { WorkerRegistry } from './worker-registry.ts';

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
    const { workerFile, shardId, setup, maxWorkers, idleTimeoutMs, registry, logger } = options;
    this.#threads = new ThreadPool({
      what: setup.applicationName,
      file: workerFile,
      workerData: setup,
      maxThreads: maxWorkers,
      idleTimeoutMs,
      heapMiB,
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
    try {
      return await this.#flush(task);
    } finally {
      this.#underWay--;
    }
  }

  async #flush(task: FlushTask): Promise<FlushResult> {
    const deadlineMs = performance.now() + task.timeoutMs;
    for (let lostWorkers = 0; ; lostWorkers++) {
      const timeoutMs = deadlineMs - performance.now();
      try {
        const result = await this.#threads.run<FlushResult>(
          { ...task, timeoutMs },
          { timeoutMs: timeoutMs + WATCHDOG_GRACE_MS },
        );
        this.#failedAtMs = -Infinity;
        return result;
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        this.#options.logger.warn({ shard: this.#options.shardId, error }, 'worker lost during a flush');
        const pauseMs = FIRST_PAUSE_MS * 4 ** lostWorkers;
        const timeLeft = performance.now() + pauseMs < deadlineMs;
        if (lostWorkers >= MAX_LOST_WORKERS || this.#stopped || !timeLeft) {
          this.#failedAtMs = performance.now();
          return {
            outcome: 'failed',
            workerId: NO_WORKER,
            attempts: lostWorkers + 1,
            transient: true,
            message,
          };
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

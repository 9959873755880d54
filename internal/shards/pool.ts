import { setTimeout as pause } from 'node:timers/promises';

import { Piscina } from 'piscina';

import type { Logger } from '../telemetry/logger.ts';
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
const resourceLimits = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 8 };

/**
 * The workers of one shard: a piscina pool that is made anew when it is found broken.
 *
 * Piscina's own states do not cover three cases, which end here all the same way, by replacing the pool: a worker
 * that fails to boot leaves its tasks waiting for ever; a worker in an endless loop never answers; a throw outside a
 * task reports to nobody. Tasks of the other workers of the replaced pool are rejected and run again, which is safe.
 */
export class WorkerPool {
  readonly #options: PoolOptions;
  #piscina: Piscina | undefined;
  #stopped = false;
  #failedAtMs = -Infinity;
  #underWay = 0;

  constructor(options: PoolOptions) {
    this.#options = options;
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
    return this.#piscina?.threads.length ?? 0;
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
        const result = await this.#runOnce({ ...task, timeoutMs });
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
    const piscina = this.#piscina;
    this.#piscina = undefined;
    await piscina?.destroy();
  }

  async #runOnce(task: FlushTask): Promise<FlushResult> {
    // After close() piscina would silently start a worker again.
    if (this.#stopped) throw new Error('the pool is stopped');
    const piscina = (this.#piscina ??= this.#create());
    // Piscina's abort signal would do too, but it would cost every flush for what almost never happens.
    const watchdog = setTimeout(() => {
      this.#replace(piscina, new Error('a worker did not answer in time'));
    }, task.timeoutMs + WATCHDOG_GRACE_MS);
    try {
      // The worker's entry is typed as (task: FlushTask) => Promise<FlushResult>; piscina returns any.
      return (await piscina.run(task)) as FlushResult;
    } finally {
      clearTimeout(watchdog);
    }
  }

  #create(): Piscina {
    const piscina = new Piscina({
      filename: this.#options.workerFile.href,
      workerData: this.#options.setup,
      minThreads: 0,
      maxThreads: this.#options.maxWorkers,
      idleTimeout: this.#options.idleTimeoutMs,
      // The default waits for tasks in Atomics.wait, and the idle worker's timers and sockets stand still.
      atomics: 'disabled',
      recordTiming: false,
      resourceLimits,
    });
    piscina.on('error', (error: Error) => this.#replace(piscina, error));
    this.#register(piscina);
    return piscina;
  }

  /** A thread that ended has no id any more when piscina tells, so those that are left are compared. */
  #register(piscina: Piscina): void {
    const { registry, shardId } = this.#options;
    if (registry === undefined || shardId === undefined) return;
    const alive = new Set<number>();
    piscina.on('workerCreate', ({ id }: { id: number }) => {
      alive.add(id);
      registry.created(id, shardId);
    });
    piscina.on('workerDestroy', () => {
      queueMicrotask(() => {
        const left = new Set(piscina.threads.map(({ threadId }) => threadId));
        for (const id of alive) {
          if (left.has(id)) continue;
          alive.delete(id);
          registry.finished(id);
        }
      });
    });
  }

  #replace(broken: Piscina, error: Error): void {
    if (this.#piscina !== broken) return;
    this.#options.logger.error({ shard: this.#options.shardId, error }, 'workers replaced');
    this.#piscina = undefined;
    void broken.destroy();
  }
}

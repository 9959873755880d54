import type { Worker } from 'node:worker_threads';

import { createLogger } from '../../telemetry/logger.ts';
import { WorkerRegistry } from '../figures.ts';
import type { FlushResult, WorkerSetup } from '../worker.ts';
import { type PoolOptions, WorkerPool } from '../workers.ts';
import type { Boot, Deed } from './faulty-worker.ts';
import type { Meeting } from './meeting.ts';

/** A pool of faulty workers, and what a test can see of them. */
export class FaultyPool {
  /** How the next worker starts. */
  boot: Boot = 'well';
  readonly pool: WorkerPool;
  readonly registry = new WorkerRegistry();
  readonly #workers: { exited: boolean }[] = [];
  readonly #onWorker = (worker: Worker): void => {
    const seen = { exited: false };
    this.#workers.push(seen);
    worker.once('exit', () => (seen.exited = true));
  };

  constructor(options: Partial<PoolOptions> = {}) {
    const howToBoot = () => this.boot;
    const setup: WorkerSetup = {
      applicationName: 'faulty',
      connectTimeoutMs: 0,
      statementTimeoutMs: 0,
      // Read whenever a worker is started, which copies its setup.
      get connectionString() {
        return howToBoot();
      },
    };
    this.pool = new WorkerPool({
      shardId: 0,
      workerFile: new URL('faulty-worker.js', import.meta.url),
      setup,
      maxWorkers: 2,
      idleTimeoutMs: 60_000,
      registry: this.registry,
      logger: createLogger('silent'),
      ...options,
    });
    process.on('worker', this.#onWorker);
  }

  get started(): number {
    return this.#workers.length;
  }

  get live(): number {
    return this.#workers.filter(({ exited }) => !exited).length;
  }

  flush(deed: Deed, { timeoutMs = 20_000, meeting }: { timeoutMs?: number; meeting?: Meeting } = {}) {
    return this.pool.flush({ sink: deed, columns: meeting, timeoutMs });
  }

  async stop(): Promise<void> {
    await this.pool.stop();
    process.off('worker', this.#onWorker);
  }
}

/** What a test says of a result in one word or two. */
export function summary(result: FlushResult): string {
  if (result.outcome === 'committed') return 'committed';
  return `${result.transient ? 'may succeed later' : 'wrong'} after ${result.attempts}`;
}

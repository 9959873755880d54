import { Piscina } from 'piscina';

import { UnavailableError } from '../shards/unavailable.ts';
import type { Logger } from '../telemetry/logger.ts';

/** How the threads of one pool are run. */
export interface ThreadPoolOptions {
  /** What they are, for the log. */
  readonly what: string;
  /** The thread's entry file: exports a function from task to result as default. */
  readonly file: URL;
  /** Given to each thread that starts. */
  readonly workerData?: unknown;
  readonly maxThreads: number;
  readonly idleTimeoutMs: number;
  /** Most tasks that one thread has at once; 1 if it is left out. */
  readonly tasksPerThread?: number;
  readonly heapMiB: { readonly old: number; readonly young: number };
  readonly logger: Logger;
  /** Told of each thread that starts to run, and of its end. */
  readonly onThread?: { created(threadId: number): void; finished(threadId: number): void };
}

/** How one task is run. */
export interface RunOptions {
  /** A task that is not answered this long after it was given is stuck, and so is its thread. */
  readonly timeoutMs: number;
  /** Buffers of the task that are moved to the thread instead of copied. */
  readonly transferList?: readonly ArrayBuffer[];
}

/**
 * Threads that are started when there are tasks: a piscina pool that is made anew when it is found broken.
 *
 * Piscina's own states do not cover three cases, which end here all the same way, by replacing the pool: a thread that
 * fails to boot leaves its tasks waiting for ever; one in an endless loop never answers; a throw outside a task reports
 * to nobody. Tasks of the replaced pool's other threads are rejected with it.
 */
export class ThreadPool {
  readonly #options: ThreadPoolOptions;
  #piscina: Piscina | undefined;
  #stopped = false;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
  }

  get liveThreads(): number {
    return this.#piscina?.threads.length ?? 0;
  }

  /**
   * Resolves to what the thread's function returns, which the caller knows the type of. Rejects with what it throws, with
   * an error that says how its thread was lost or, once the pool is stopped, with an {@link UnavailableError}.
   */
  async run<Result>(task: unknown, { timeoutMs, transferList }: RunOptions): Promise<Result> {
    // After close() piscina would silently start a thread again.
    if (this.#stopped) throw new UnavailableError('stopping', 'The service is stopping.');
    const piscina = (this.#piscina ??= this.#create());
    // Piscina's abort signal would do too, but it would cost every task for what almost never happens.
    const watchdog = setTimeout(() => {
      this.#replace(piscina, new Error('a thread did not answer in time'));
    }, timeoutMs);
    try {
      const result: unknown = await piscina.run(task, transferList && { transferList: [...transferList] });
      return result as Result;
    } finally {
      clearTimeout(watchdog);
    }
  }

  /** Ends all threads; tasks in flight fail. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const piscina = this.#piscina;
    this.#piscina = undefined;
    await piscina?.destroy();
  }

  #create(): Piscina {
    const { file, workerData, maxThreads, idleTimeoutMs, tasksPerThread = 1, heapMiB } = this.#options;
    const piscina = new Piscina({
      filename: file.href,
      workerData,
      minThreads: 0,
      maxThreads,
      concurrentTasksPerWorker: tasksPerThread,
      idleTimeout: idleTimeoutMs,
      // The default waits for tasks in Atomics.wait, and the idle thread's timers and sockets stand still.
      atomics: 'disabled',
      recordTiming: false,
      // Piscina tries require() first; to end a thread in the midst of that ends the process (Node.js 20.20).
      execArgv: [...process.execArgv, '--no-experimental-require-module'],
      resourceLimits: { maxOldGenerationSizeMb: heapMiB.old, maxYoungGenerationSizeMb: heapMiB.young },
    });
    piscina.on('error', (error: Error) => this.#replace(piscina, error));
    this.#tellOfThreads(piscina);
    return piscina;
  }

  /** A thread that ended has no id any more when piscina tells, so those that are left are compared. */
  #tellOfThreads(piscina: Piscina): void {
    const { onThread } = this.#options;
    if (onThread === undefined) return;
    const alive = new Set<number>();
    piscina.on('workerCreate', ({ id }: { id: number }) => {
      alive.add(id);
      onThread.created(id);
    });
    piscina.on('workerDestroy', () => {
      queueMicrotask(() => {
        const left = new Set(piscina.threads.map(({ threadId }) => threadId));
        for (const id of alive) {
          if (left.has(id)) continue;
          alive.delete(id);
          onThread.finished(id);
        }
      });
    });
  }

  #replace(broken: Piscina, error: Error): void {
    if (this.#piscina !== broken) return;
    this.#options.logger.error({ threads: this.#options.what, error }, 'threads replaced');
    this.#piscina = undefined;
    void broken.destroy();
  }
}

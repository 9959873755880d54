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

/** A piscina pool, and which of its threads have started, by their ids. */
interface Pool {
  readonly piscina: Piscina;
  readonly ready: Set<number>;
  /** Since when there is no thread but one that starts, as of `performance.now()`. */
  startingSinceMs: number;
}

// Where there is hardly any processor time, threads that are replaced before they have started are what takes the rest of it.
const FIRST_PATIENCE_MS = 10_000;
const MOST_PATIENCE_MS = 60_000;

/**
 * Threads that are started when there are tasks: a piscina pool that is made anew when it is found broken.
 *
 * Piscina's own states do not cover three cases, which end here all the same way, by replacing the pool: a thread that
 * fails to boot leaves its tasks waiting for ever; one in an endless loop never answers; a throw outside a task reports
 * to nobody. Tasks of the replaced pool's other threads are rejected with it. One that has not started in time is replaced,
 * too; the next is given longer, and only its tasks fail meanwhile.
 */
export class ThreadPool {
  readonly #options: ThreadPoolOptions;
  #pool: Pool | undefined;
  /** How long a thread may take to start, if its task does not wait longer for it. */
  #patienceMs = 0;
  #stopped = false;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
  }

  get liveThreads(): number {
    return this.#pool?.piscina.threads.length ?? 0;
  }

  /**
   * Resolves to what the thread's function returns, which the caller knows the type of. Rejects with what it throws, with
   * an error that says how its thread was lost or, once the pool is stopped, with an {@link UnavailableError}.
   */
  async run<Result>(task: unknown, { timeoutMs, transferList }: RunOptions): Promise<Result> {
    // After close() piscina would silently start a thread again.
    if (this.#stopped) throw new UnavailableError('stopping', 'The service is stopping.');
    const pool = (this.#pool ??= this.#create());
    const options = transferList && { transferList: [...transferList] };
    // What the caller knows the type of.
    if (pool.ready.size === 0) return this.#runFirst(pool, task, options, timeoutMs) as Promise<Result>;
    // Piscina's abort signal would do too, but it would cost every task for what almost never happens.
    const watchdog = setTimeout(() => this.#replace(pool, notInTime()), timeoutMs);
    try {
      const result: unknown = await pool.piscina.run(task, options);
      return result as Result;
    } finally {
      clearTimeout(watchdog);
    }
  }

  /** Runs a task that has to wait for a thread to start: that it is late does not say that the thread is stuck. */
  #runFirst(pool: Pool, task: unknown, options: object | undefined, timeoutMs: number): Promise<unknown> {
    const { piscina, ready } = pool;
    if (piscina.threads.length === 0) pool.startingSinceMs = performance.now();
    // A thread that may have several tasks at once would not have one that can be recalled together with others.
    const recall = this.#options.tasksPerThread === undefined ? new AbortController() : undefined;
    return new Promise((resolve, reject) => {
      let watchdog = setTimeout(() => {
        reject(notInTime());
        const replace = () => this.#replace(pool, notInTime());
        if (ready.size > 0) watchdog = setTimeout(replace, timeoutMs);
        else if (performance.now() - pool.startingSinceMs < this.#patienceMs) recall?.abort();
        else {
          this.#patienceMs = Math.min(MOST_PATIENCE_MS, 2 * this.#patienceMs || FIRST_PATIENCE_MS);
          replace();
        }
      }, timeoutMs);
      piscina
        .run(task, { ...options, ...(recall && { signal: recall.signal }) })
        .then(resolve, reject)
        .finally(() => clearTimeout(watchdog));
    });
  }

  /** Ends all threads; tasks in flight fail. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.piscina.destroy();
  }

  #create(): Pool {
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
    const pool = { piscina, ready: new Set<number>(), startingSinceMs: 0 };
    piscina.on('error', (error: Error) => this.#replace(pool, error));
    this.#watchThreads(pool);
    return pool;
  }

  /** A thread that ended has no id any more when piscina tells, so those that are left are compared. */
  #watchThreads(pool: Pool): void {
    const { onThread } = this.#options;
    const { piscina, ready } = pool;
    piscina.on('workerCreate', ({ id }: { id: number }) => {
      ready.add(id);
      this.#patienceMs = 0;
      onThread?.created(id);
    });
    piscina.on('workerDestroy', () => {
      queueMicrotask(() => {
        const left = new Set(piscina.threads.map(({ threadId }) => threadId));
        for (const id of ready) {
          if (left.has(id)) continue;
          ready.delete(id);
          onThread?.finished(id);
        }
      });
    });
  }

  #replace(broken: Pool, error: Error): void {
    if (this.#pool !== broken) return;
    this.#options.logger.error({ threads: this.#options.what, error }, 'threads replaced');
    this.#pool = undefined;
    void broken.piscina.destroy();
  }
}

function notInTime(): Error {
  return new Error('a thread did not answer in time');
}

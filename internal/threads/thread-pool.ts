import { Piscina } from 'piscina';

import { UnavailableError } from '../shards/unavailable.ts';
import type { Logger } from '../telemetry/logger.ts';
import { ThreadStarts } from './thread-starts.ts';

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
  /** Shared with pools whose threads are not to start at the same time. */
  readonly starts?: ThreadStarts;
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
  /** When a thread has started last, as of `performance.now()`. */
  startedAtMs: number;
  /** Tasks that it was given and has not answered. */
  tasks: number;
  /** While a thread starts: what is to be called when it has, or is lost. */
  started: (() => void) | undefined;
}

/** A task that waits until it may be given to the pool. */
interface Waiting {
  readonly sinceMs: number;
  give(pool: Pool): void;
  refuse(error: Error): void;
}

// Threads that are busy are mostly done before another has started.
const PATIENCE_MS = 50;

// Where there is hardly any processor time, threads that are replaced before they have started are what takes the rest of it.
const FIRST_PATIENCE_MS = 10_000;
const MOST_PATIENCE_MS = 60_000;

/**
 * Threads that are started when there are tasks: a piscina pool that is made anew when it is found broken. One after the
 * other, and another one only if a task has waited for a moment for those that are there.
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
  readonly #starts: ThreadStarts;
  #waiting: Waiting[] = [];
  #look: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
    this.#starts = options.starts ?? new ThreadStarts();
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
    if (this.#stopped) throw stopping();
    const options = transferList && { transferList: [...transferList] };
    const endMs = performance.now() + timeoutMs;
    const pool = this.#waiting.length > 0 ? undefined : this.#take();
    // What the caller knows the type of.
    return (
      pool === undefined
        ? this.#untilTaken(timeoutMs).then((taken) =>
            this.#run(taken, task, options, endMs - performance.now()),
          )
        : this.#run(pool, task, options, timeoutMs)
    ) as Promise<Result>;
  }

  async #run(pool: Pool, task: unknown, options: object | undefined, timeoutMs: number): Promise<unknown> {
    try {
      if (pool.ready.size === 0) return await this.#runFirst(pool, task, options, timeoutMs);
      // Piscina's abort signal would do too, but it would cost every task for what almost never happens.
      const watchdog = setTimeout(() => this.#replace(pool, notInTime()), timeoutMs);
      try {
        return await pool.piscina.run(task, options);
      } finally {
        clearTimeout(watchdog);
      }
    } finally {
      pool.tasks--;
      this.#lookAtStart(pool);
    }
  }

  /** The pool, if a task may be given to it now, which is then counted: not if that would start a thread too soon for one that waits since then. */
  #take(sinceMs = Infinity): Pool | undefined {
    const { maxThreads, tasksPerThread = 1 } = this.#options;
    const pool = this.#pool;
    const ready = pool?.ready.size ?? 0;
    // Piscina has it wait for a thread if there can be no more.
    if (pool !== undefined && (pool.tasks < ready * tasksPerThread || ready >= maxThreads)) {
      pool.tasks++;
      return pool;
    }
    if (pool?.started !== undefined) return undefined;
    if (pool !== undefined && ready > 0) {
      const waitedMs = performance.now() - Math.max(sinceMs, pool.startedAtMs);
      if (waitedMs < PATIENCE_MS) return undefined;
    }
    const started = this.#starts.begin(this.#giveNext);
    if (started === undefined) return undefined;
    const starting = (this.#pool ??= this.#create());
    starting.started = started;
    starting.tasks++;
    return starting;
  }

  /** Resolves to the pool when a task may be given to it. Rejects after `timeoutMs`. */
  #untilTaken(timeoutMs: number): Promise<Pool> {
    return new Promise<Pool>((resolve, reject) => {
      const end = (then: () => void) => {
        clearTimeout(tooLate);
        this.#waiting = this.#waiting.filter((each) => each !== waiting);
        then();
      };
      const waiting: Waiting = {
        sinceMs: performance.now(),
        give: (pool) => end(() => resolve(pool)),
        refuse: (error) => end(() => reject(error)),
      };
      const tooLate = setTimeout(() => {
        waiting.refuse(notInTime());
        const pool = this.#pool;
        if (pool?.ready.size === 0) this.#giveUpStart(pool);
      }, timeoutMs);
      this.#waiting.push(waiting);
      this.#look ??= this.#lookAgain();
    });
  }

  #lookAgain(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#look = undefined;
      this.#giveNext();
    }, PATIENCE_MS);
  }

  /** Gives the pool what has waited the longest, as far as it may be given. */
  readonly #giveNext = (): void => {
    for (;;) {
      const [first] = this.#waiting;
      if (first === undefined || this.#stopped) return;
      const pool = this.#take(first.sinceMs);
      if (pool === undefined) break;
      first.give(pool);
    }
    this.#look ??= this.#lookAgain();
  };

  /** Runs a task that has to wait for a thread to start: that it is late does not say that the thread is stuck. */
  #runFirst(pool: Pool, task: unknown, options: object | undefined, timeoutMs: number): Promise<unknown> {
    const { piscina, ready } = pool;
    if (piscina.threads.length === 0) pool.startingSinceMs = performance.now();
    // A thread that may have several tasks at once would not have one that can be recalled together with others.
    const recall = this.#options.tasksPerThread === undefined ? new AbortController() : undefined;
    return new Promise((resolve, reject) => {
      let watchdog = setTimeout(() => {
        reject(notInTime());
        if (ready.size > 0) watchdog = setTimeout(() => this.#replace(pool, notInTime()), timeoutMs);
        else if (!this.#giveUpStart(pool)) recall?.abort();
      }, timeoutMs);
      piscina
        .run(task, { ...options, ...(recall && { signal: recall.signal }) })
        .then(resolve, reject)
        .finally(() => clearTimeout(watchdog));
    });
  }

  /** Replaces a pool of which no thread has started, unless it is to be given longer; returns whether it did. */
  #giveUpStart(pool: Pool): boolean {
    if (performance.now() - pool.startingSinceMs < this.#patienceMs) return false;
    this.#patienceMs = Math.min(MOST_PATIENCE_MS, 2 * this.#patienceMs || FIRST_PATIENCE_MS);
    this.#replace(pool, notInTime());
    return true;
  }

  /** Ends all threads; tasks in flight fail. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#look);
    this.#starts.forget(this.#giveNext);
    for (const waiting of this.#waiting) waiting.refuse(stopping());
    const pool = this.#pool;
    this.#pool = undefined;
    pool?.started?.();
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
    const pool: Pool = {
      ...{ piscina, ready: new Set<number>(), startingSinceMs: 0 },
      ...{ startedAtMs: 0, tasks: 0, started: undefined },
    };
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
      pool.startedAtMs = performance.now();
      this.#patienceMs = 0;
      onThread?.created(id);
      this.#lookAtStart(pool);
    });
    piscina.on('workerDestroy', () => {
      queueMicrotask(() => {
        const left = new Set(piscina.threads.map(({ threadId }) => threadId));
        for (const id of ready) {
          if (left.has(id)) continue;
          ready.delete(id);
          onThread?.finished(id);
        }
        this.#lookAtStart(pool);
      });
    });
  }

  /** To be called when a thread may have started, or be lost, or be free. */
  #lookAtStart(pool: Pool): void {
    if (this.#pool !== pool || pool.piscina.threads.length === pool.ready.size) {
      pool.started?.();
      pool.started = undefined;
    }
    this.#giveNext();
  }

  #replace(broken: Pool, error: Error): void {
    if (this.#pool !== broken) return;
    this.#options.logger.error({ threads: this.#options.what, error }, 'threads replaced');
    this.#pool = undefined;
    void broken.piscina.destroy();
    this.#lookAtStart(broken);
  }
}

function stopping(): Error {
  return new UnavailableError('stopping', 'The service is stopping.');
}

function notInTime(): Error {
  return new Error('a thread did not answer in time');
}

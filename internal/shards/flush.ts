import { letGo } from '../threads/let-go.ts';
import { Queue, type Batch, type BatchKind, type QueueLimits, type ShardLoad } from './queue.ts';
import { UnavailableError } from './unavailable.ts';
import type { FlushResult, FlushTask } from './worker.ts';

/** How far apart the flushes of a lane are; durations in milliseconds. */
export interface PaceLimits {
  /** Least time between the starts of two flushes, unless there are many events to flush. */
  readonly flushIntervalMs: number;
  /** While the flush before is under way, the next one starts this long after it, not sooner; 0 if it need not wait. */
  readonly patienceMs: number;
}

/** How a lane gathers and flushes. */
export interface LaneLimits extends PaceLimits, QueueLimits {
  /** Most batches given to workers at once. */
  readonly maxInFlight: number;
}

/** Is told the columns of a flush that ended. One that failed may have been committed all the same: a COMMIT can get lost. */
export type CommitWatcher<Columns> = (columns: Columns, isCommitted: boolean) => void;

/** The rest of the service, as a lane sees it. */
export interface LaneContext {
  /** Hands a batch, with so many events of which shards, to a worker; never rejects, and settles soon after `timeoutMs` whatever the worker does. */
  flush(task: FlushTask, shards: ReadonlyMap<ShardLoad, number>): Promise<FlushResult>;
  /** Told of each batch's end, for logs, figures and traces. */
  onFlushed(
    result: FlushResult,
    batch: Pick<Batch<unknown>, 'events' | 'requests'>,
    durationMs: number,
  ): void;
}

/**
 * One queue's way to the workers: a batch fills while another is in flight, and leaves as soon as that one returns, so
 * batches grow with the load by themselves (batching by back-pressure).
 *
 *   queue → (its first batch is full, or the lane is free and its last flush long enough ago) → in flight → verdict
 *
 * A batch in flight at its deadline is given up on, so that its requests are answered in time; its place is free when
 * the verdict of its worker comes.
 */
export class Lane<Columns> {
  /** The way in. */
  readonly queue: Queue<Columns>;
  readonly #kind: BatchKind<Columns>;
  readonly #limits: LaneLimits;
  readonly #context: LaneContext;
  readonly #pace: FlushPace;
  readonly #watchers: CommitWatcher<Columns>[] = [];
  #inFlight = 0;
  /** The one that left last, while it is in flight. */
  #latest: Batch<Columns> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #wake: NodeJS.Immediate | undefined;
  #stopping = false;
  #onIdle: (() => void)[] = [];

  constructor(kind: BatchKind<Columns>, limits: LaneLimits, context: LaneContext) {
    this.#kind = kind;
    this.#limits = limits;
    this.#context = context;
    this.#pace = new FlushPace(limits);
    this.queue = new Queue(
      kind,
      limits,
      () => this.#schedule(),
      () => this.#tellIfIdle(),
    );
  }

  /** Has `watcher` told of each flush that ended, before its requests are. */
  onCommitted(watcher: CommitWatcher<Columns>): void {
    this.#watchers.push(watcher);
  }

  /** Takes nothing more, flushes what is queued, and resolves when nothing is queued or in flight. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.queue.close();
    this.#flushWhatIsDue();
    if (this.queue.isEmpty && this.#inFlight === 0) return;
    await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  /**
   * Flushes a full batch, or what a stopping lane still has, at once, and otherwise when the lane's pace allows it. At rest,
   * too, the requests that arrive in this turn of the loop may join first.
   */
  #schedule(): void {
    if (this.queue.isEmpty || this.#inFlight >= this.#limits.maxInFlight) return; // The next return flushes.
    if (this.queue.isNextFull || this.#stopping) {
      this.#flushWhatIsDue();
      return;
    }
    if (this.#wake !== undefined) return;
    const waitMs = this.#pace.waitMs(performance.now(), this.#latest !== undefined, this.queue.nextEvents);
    if (waitMs > 0) this.#timer ??= setTimeout(this.#flushWhatIsDue, waitMs);
    else this.#wake = setImmediate(this.#flushWhatIsDue);
  }

  #unschedule(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#wake);
    this.#timer = undefined;
    this.#wake = undefined;
  }

  readonly #flushWhatIsDue = (): void => {
    this.#unschedule();
    while (this.#inFlight < this.#limits.maxInFlight) {
      const batch = this.queue.shift();
      if (batch === undefined) break;
      void this.#flush(batch);
    }
  };

  async #flush(batch: Batch<Columns>): Promise<void> {
    this.#inFlight++;
    const startedAtMs = performance.now();
    this.#pace.started(startedAtMs);
    this.#latest = batch;
    const timeoutMs = Math.max(1, this.#limits.flushTimeoutMs - (startedAtMs - batch.openedAtMs));
    const task = { sink: this.#kind.sink, columns: batch.columns, timeoutMs };
    const result = await this.#context.flush(task, batch.shares);
    const endedAtMs = performance.now();
    this.#inFlight--;
    if (this.#latest === batch) this.#latest = undefined;
    this.#end(batch, result, startedAtMs, endedAtMs);
    // The next one need not wait for this one any more.
    this.#unschedule();
    this.#schedule();
    this.#tellIfIdle();
  }

  /** Tells what became of a batch. */
  #end(batch: Batch<Columns>, result: FlushResult, startedAtMs: number, endedAtMs: number): void {
    const isCommitted = result.outcome === 'committed';
    for (const [shard, events] of batch.shares) shard.land(events, isCommitted ? endedAtMs : undefined);
    for (const watcher of this.#watchers) watcher(batch.columns, isCommitted);
    // Workers have copies of their own.
    letGo(this.#kind.buffersOf?.(batch.columns) ?? []);
    const inTime = !batch.isDecided;
    if (result.outcome === 'committed') batch.commit(result.workerId);
    else if (result.transient)
      batch.fail(new UnavailableError('flush-failed', 'The database did not commit.'));
    else batch.fail(new Error(`Flush failed: ${result.message}`));
    // Late commits are not counted: their requests were told 503 and come again.
    if (!inTime && isCommitted) return;
    const durationMs = endedAtMs - startedAtMs;
    for (const [shard, events] of batch.shares) shard.flushed(result, events, durationMs);
    this.#context.onFlushed(result, batch, durationMs);
  }

  #tellIfIdle(): void {
    if (!this.queue.isEmpty || this.#inFlight > 0) return;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}

// From this many events on a flush is worth what it costs, which is about the same as reading and answering twenty requests.
const MANY_EVENTS = 20;
// From this many on it is worth a second worker: those who send bodies wait for their answers, all at the same time, and
// the database stands still meanwhile. What comes a moment later may still join.
const FULL_HANDS_EVENTS = 300;
const FULL_HANDS_PATIENCE_MS = 1;

/**
 * When a lane may flush again a batch that is not full; times as of `performance.now()`. Each flush costs several switches
 * between threads and processes, however little it carries, so under load larger batches are worth a wait.
 */
export class FlushPace {
  readonly #limits: PaceLimits;
  #startedAtMs = -Infinity;

  constructor(limits: PaceLimits) {
    this.#limits = limits;
  }

  started(nowMs: number): void {
    this.#startedAtMs = nowMs;
  }

  /** Until a flush of so many events may start, the one before being under way or not; not above 0 if it may start now. */
  waitMs(nowMs: number, isUnderWay: boolean, events: number): number {
    const { flushIntervalMs, patienceMs } = this.#limits;
    const intervalMs = events < MANY_EVENTS ? flushIntervalMs : 0;
    const patience = events < FULL_HANDS_EVENTS ? patienceMs : Math.min(patienceMs, FULL_HANDS_PATIENCE_MS);
    const apartMs = isUnderWay ? Math.max(intervalMs, patience) : intervalMs;
    return this.#startedAtMs + apartMs - nowMs;
  }
}

import { Batch, type Commit } from './batch.ts';
import { letGo } from './let-go.ts';
import type { FlushResult, FlushTask } from './protocol.ts';
import type { BatchKind } from './sink.ts';
import { UnavailableError } from './unavailable.ts';

/** How a lane gathers and flushes; durations in milliseconds. */
export interface LaneLimits {
  /** Most events of one batch. */
  readonly batchSize: number;
  /** Least time between the starts of two flushes, unless a batch is full; a lane at rest flushes at once. */
  readonly flushIntervalMs: number;
  /** From a batch's first event to the verdict its requests get. */
  readonly flushTimeoutMs: number;
  /** Most batches given to workers at once. */
  readonly maxInFlight: number;
}

// The longest pause between flushes, of flushTimeoutMs: one flush that was held up must not cost the next batch its time.
const MAX_PAUSE_SHARE = 0.01;
// Smaller batches than this are of single requests: for those, the wait would cost more than it saves.
const BULK_EVENTS = 100;

/** Is told the columns of a flush that ended. One that failed may have been committed all the same: a COMMIT can get lost. */
export type FlushWatcher<Columns> = (columns: Columns, isCommitted: boolean) => void;

/** The rest of the shard, as a lane sees it. */
export interface LaneContext {
  /** Hands a batch to a worker; never rejects, and settles soon after `timeoutMs` whatever the worker does. */
  flush(task: FlushTask): Promise<FlushResult>;
  /** Events that the shard may still queue, shared by its lanes. */
  readonly room: { events: number };
  /** Told of each batch's end, for introspection and logs. */
  onFlushed(result: FlushResult, events: number, durationMs: number): void;
  /** Told of the items of a topic that a batch may have changed, whatever its verdict: a COMMIT may have got lost. */
  onChanged(topic: string, keys: Iterable<string>): void;
}

/**
 * One queue of one shard: a batch fills while another is in flight, and leaves as soon as that one returns, so
 * batches grow with the load by themselves (batching by back-pressure).
 *
 *   append → filling batch → (full, or the lane is free and its last flush long enough ago) → in flight → settled
 *
 * The queue is bounded: `append` refuses at once what does not fit. A batch that is still queued at its deadline
 * is dropped and one in flight is given up on; either way its requests are answered in time.
 */
export class Lane<Columns> {
  readonly #kind: BatchKind<Columns>;
  readonly #limits: LaneLimits;
  readonly #context: LaneContext;
  readonly #queue: Batch<Columns>[] = [];
  #inFlight = 0;
  #eventsInFlight = 0;
  /** When the lane may flush again a batch that is not full. */
  #nextFlushAtMs = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #wake: NodeJS.Immediate | undefined;
  #stopping = false;
  #holds = 0;
  #watch: FlushWatcher<Columns> | undefined;
  #onIdle: (() => void)[] = [];

  constructor(kind: BatchKind<Columns>, limits: LaneLimits, context: LaneContext) {
    this.#kind = kind;
    this.#limits = limits;
    this.#context = context;
  }

  /** Events given to workers whose verdict is not known yet. */
  get eventsInFlight(): number {
    return this.#eventsInFlight;
  }

  /** Whether `events` more would be taken now. */
  hasRoom(events: number): boolean {
    return !this.#stopping && events <= this.#context.room.events;
  }

  /**
   * Queues `events` events: calls `write` with a batch's columns and the part [from, to) of them that goes there,
   * as many times as batches are needed, and returns those batches' commits. Throws an {@link UnavailableError},
   * having queued nothing, if they do not fit.
   */
  append(events: number, write: (columns: Columns, from: number, to: number) => void): Commit[] {
    this.#takeRoom(events);
    const commits: Commit[] = [];
    for (let from = 0; from < events;) {
      const batch = this.#fillingBatch(1);
      const to = Math.min(events, from + this.#limits.batchSize - batch.events);
      write(batch.columns, from, to);
      batch.events += to - from;
      commits.push({ events: to - from, workerId: batch.workerId });
      from = to;
    }
    this.#schedule();
    return commits;
  }

  /**
   * Queues `events` events that must be committed together: one batch takes them all, a batch of their own if they
   * are more than `batchSize`. Otherwise like {@link append}.
   */
  appendWhole(events: number, write: (columns: Columns) => void): Commit {
    this.#takeRoom(events);
    const batch = this.#fillingBatch(events);
    write(batch.columns);
    batch.events += events;
    this.#schedule();
    return { events, workerId: batch.workerId };
  }

  /** Starts no flush until `until` settles: for whoever cannot follow. The deadlines of what is queued go on. */
  hold(until: Promise<unknown>): void {
    this.#holds++;
    const release = () => {
      this.#holds--;
      this.#schedule();
    };
    until.then(release, release);
  }

  /** Has `onFlushed` told of each flush that ended, before its requests are. */
  watch(onFlushed: FlushWatcher<Columns>): void {
    this.#watch = onFlushed;
  }

  /** Takes nothing more, flushes what is queued, and resolves when nothing is queued or in flight. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#flushWhatIsDue();
    if (this.#queue.length === 0 && this.#inFlight === 0) return;
    await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  #takeRoom(events: number): void {
    if (this.#stopping) throw new UnavailableError('stopping', 'The service is stopping.');
    if (!this.hasRoom(events)) throw new UnavailableError('queue-full', 'The queue is full.');
    this.#context.room.events -= events;
  }

  /** The last batch of the queue if it takes `events` more, else a new one. */
  #fillingBatch(events: number): Batch<Columns> {
    const last = this.#queue.at(-1);
    if (last !== undefined && last.events + events <= this.#limits.batchSize) return last;
    const batch = this.#openBatch();
    this.#queue.push(batch);
    return batch;
  }

  #openBatch(): Batch<Columns> {
    const batch = new Batch(this.#kind.emptyColumns(), performance.now());
    const expire = () => this.#expire(batch);
    const deadline = setTimeout(expire, this.#limits.flushTimeoutMs);
    void batch.workerId.finally(() => clearTimeout(deadline)).catch(() => undefined);
    return batch;
  }

  #expire(batch: Batch<Columns>): void {
    batch.fail(new UnavailableError('flush-timeout', 'The flush did not finish in time.'));
    const position = this.#queue.indexOf(batch);
    if (position === -1) return; // In flight: its place is freed when the worker's verdict comes.
    this.#queue.splice(position, 1);
    this.#context.room.events += batch.events;
    this.#settleIdle();
  }

  /**
   * Flushes a full batch, or what a stopping lane still has, at once. Under load it keeps flushes apart, by the interval
   * and, where bulk requests come, by as long as the last one took: that makes batches larger, and each flush costs
   * several switches between threads and processes, and writes a service's row once, however few events it carries.
   * Otherwise the requests that arrive in this turn of the loop may join first.
   */
  #schedule(): void {
    const [next, following] = this.#queue;
    if (next === undefined || this.#inFlight >= this.#limits.maxInFlight) return; // The next return flushes.
    if (this.#holds > 0 && !this.#stopping) return;
    const isFull = next.events >= this.#limits.batchSize || following !== undefined;
    const waitMs = this.#nextFlushAtMs - performance.now();
    if (isFull || this.#stopping) this.#flushWhatIsDue();
    else if (waitMs > 0) this.#timer ??= setTimeout(() => this.#flushWhatIsDue(), waitMs);
    else this.#wake ??= setImmediate(() => this.#flushWhatIsDue());
  }

  #flushWhatIsDue(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#wake);
    this.#timer = undefined;
    this.#wake = undefined;
    if (this.#holds > 0 && !this.#stopping) return;
    while (this.#inFlight < this.#limits.maxInFlight) {
      const batch = this.#queue.shift();
      if (batch === undefined) break;
      void this.#flush(batch);
    }
  }

  async #flush(batch: Batch<Columns>): Promise<void> {
    this.#inFlight++;
    this.#eventsInFlight += batch.events;
    this.#context.room.events += batch.events;
    const startedAtMs = performance.now();
    this.#nextFlushAtMs = startedAtMs + this.#limits.flushIntervalMs;
    const timeoutMs = Math.max(1, this.#limits.flushTimeoutMs - (startedAtMs - batch.openedAtMs));
    const result = await this.#context.flush({ sink: this.#kind.sink, columns: batch.columns, timeoutMs });
    const endedAtMs = performance.now();
    if (batch.events >= BULK_EVENTS) {
      const pauseMs = Math.min(endedAtMs - startedAtMs, this.#limits.flushTimeoutMs * MAX_PAUSE_SHARE);
      this.#nextFlushAtMs = Math.max(this.#nextFlushAtMs, endedAtMs + pauseMs);
    }
    this.#inFlight--;
    this.#eventsInFlight -= batch.events;
    this.#watch?.(batch.columns, result.outcome === 'committed');
    const { changes } = this.#kind;
    if (changes !== undefined) this.#context.onChanged(changes.topic, changes.keysOf(batch.columns));
    // Workers have copies of their own.
    letGo(this.#kind.buffersOf?.(batch.columns) ?? []);
    const inTime = !batch.settled;
    if (result.outcome === 'committed') batch.commit(result.workerId);
    else if (result.transient)
      batch.fail(new UnavailableError('flush-failed', 'The database did not commit.'));
    else batch.fail(new Error(`Flush failed: ${result.message}`));
    // Late commits are not counted: their requests were told 503 and come again.
    if (inTime || result.outcome === 'failed') {
      this.#context.onFlushed(result, batch.events, endedAtMs - startedAtMs);
    }
    this.#schedule();
    this.#settleIdle();
  }

  #settleIdle(): void {
    if (this.#queue.length > 0 || this.#inFlight > 0) return;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}

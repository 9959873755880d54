import { Batch, type Commit } from './batch.ts';
import { FlushPace, type PaceLimits } from './flush-pace.ts';
import { letGo } from '../threads/let-go.ts';
import type { FlushResult, FlushTask } from './protocol.ts';
import type { ShardLoad } from './shard-load.ts';
import type { BatchKind } from './sink.ts';
import { UnavailableError } from './unavailable.ts';

/** How a lane gathers and flushes; durations in milliseconds. */
export interface LaneLimits extends PaceLimits {
  /** Most events of one batch. */
  readonly batchSize: number;
  /** Most batches given to workers at once. */
  readonly maxInFlight: number;
}

/** Is told the columns of a flush that ended. One that failed may have been committed all the same: a COMMIT can get lost. */
export type FlushWatcher<Columns> = (columns: Columns, isCommitted: boolean) => void;

/** The rest of the service, as a lane sees it. */
export interface LaneContext {
  /** Hands a batch, with so many events of which shards, to a worker; never rejects, and settles soon after `timeoutMs` whatever the worker does. */
  flush(task: FlushTask, shards: ReadonlyMap<ShardLoad, number>): Promise<FlushResult>;
  /** Told of each batch's end, for logs. */
  onFlushed(result: FlushResult, events: number, durationMs: number): void;
  /** Told of the items of a topic that a batch may have changed, whatever its verdict: a COMMIT may have got lost. */
  onChanged(topic: string, keys: Iterable<string>): void;
}

/**
 * One queue to the workers: a batch fills while another is in flight, and leaves as soon as that one returns, so
 * batches grow with the load by themselves (batching by back-pressure).
 *
 *   append → filling batch → (full, or the lane is free and its last flush long enough ago) → in flight → settled
 *
 * The queue is bounded by the shards that the events are of: `append` refuses at once what does not fit. A batch that is
 * still queued at its deadline is dropped and one in flight is given up on; either way its requests are answered in time.
 */
export class Lane<Columns> {
  readonly #kind: BatchKind<Columns>;
  readonly #limits: LaneLimits;
  readonly #context: LaneContext;
  readonly #pace: FlushPace;
  readonly #queue: Batch<Columns>[] = [];
  #inFlight = 0;
  /** The one that left last, while it is in flight. */
  #latest: Batch<Columns> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #wake: NodeJS.Immediate | undefined;
  #stopping = false;
  #holds = 0;
  #refusal: () => string | undefined = none;
  readonly #watchers: FlushWatcher<Columns>[] = [];
  #onIdle: (() => void)[] = [];

  constructor(kind: BatchKind<Columns>, limits: LaneLimits, context: LaneContext) {
    this.#kind = kind;
    this.#limits = limits;
    this.#pace = new FlushPace(limits);
    this.#context = context;
  }

  /** Throws the {@link UnavailableError} that `events` more of that shard would be refused with now, if any. */
  requireRoom(shard: ShardLoad, events: number): void {
    if (this.#stopping) throw new UnavailableError('stopping', 'The service is stopping.');
    const reason = this.#refusal();
    if (reason !== undefined) throw new UnavailableError('queue-full', reason);
    if (!shard.hasRoom(events)) throw new UnavailableError('queue-full', 'The queue is full.');
  }

  /**
   * Queues `events` events of a shard: calls `write` with a batch's columns and the part [from, to) of them that goes there,
   * as many times as batches are needed, and returns those batches' commits. Throws an {@link UnavailableError},
   * having queued nothing, if they do not fit.
   */
  append(
    shard: ShardLoad,
    events: number,
    write: (columns: Columns, from: number, to: number) => void,
  ): Commit[] {
    this.#takeRoom(shard, events);
    const commits: Commit[] = [];
    for (let from = 0; from < events;) {
      const batch = this.#fillingBatch(1);
      const to = Math.min(events, from + this.#limits.batchSize - batch.events);
      write(batch.columns, from, to);
      batch.add(shard, to - from);
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
  appendWhole(shard: ShardLoad, events: number, write: (columns: Columns) => void): Commit {
    this.#takeRoom(shard, events);
    const batch = this.#fillingBatch(events);
    write(batch.columns);
    batch.add(shard, events);
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

  /** Refuses events at once while `reason` gives one, which is asked for all that come. What is queued goes on. */
  refuseWhile(reason: () => string | undefined): void {
    this.#refusal = reason;
  }

  /** Has `watcher` told of each flush that ended, before its requests are. */
  onCommitted(watcher: FlushWatcher<Columns>): void {
    this.#watchers.push(watcher);
  }

  /** Takes nothing more, flushes what is queued, and resolves when nothing is queued or in flight. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#flushWhatIsDue();
    if (this.#queue.length === 0 && this.#inFlight === 0) return;
    await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  #takeRoom(shard: ShardLoad, events: number): void {
    this.requireRoom(shard, events);
    shard.queue(events);
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
    return new Batch(this.#kind.emptyColumns(), this.#limits.flushTimeoutMs, this.#onExpired);
  }

  readonly #onExpired = (batch: Batch<Columns>): void => {
    const position = this.#queue.indexOf(batch);
    if (position === -1) return; // In flight: its place is freed when the worker's verdict comes.
    this.#queue.splice(position, 1);
    for (const [shard, events] of batch.shares) shard.drop(events);
    this.#settleIdle();
  };

  /**
   * Flushes a full batch, or what a stopping lane still has, at once, and otherwise when the lane's pace allows it. At rest,
   * too, the requests that arrive in this turn of the loop may join first.
   */
  #schedule(): void {
    const [next, following] = this.#queue;
    if (next === undefined || this.#inFlight >= this.#limits.maxInFlight) return; // The next return flushes.
    if (this.#holds > 0 && !this.#stopping) return;
    const isFull = next.events >= this.#limits.batchSize || following !== undefined;
    if (isFull || this.#stopping) {
      this.#flushWhatIsDue();
      return;
    }
    if (this.#wake !== undefined) return;
    const waitMs = this.#pace.waitMs(performance.now(), this.#latest !== undefined, next.events);
    if (waitMs > 0) this.#timer ??= setTimeout(() => this.#flushWhatIsDue(), waitMs);
    else this.#wake = setImmediate(() => this.#flushWhatIsDue());
  }

  #unschedule(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#wake);
    this.#timer = undefined;
    this.#wake = undefined;
  }

  #flushWhatIsDue(): void {
    this.#unschedule();
    if (this.#holds > 0 && !this.#stopping) return;
    while (this.#inFlight < this.#limits.maxInFlight) {
      const batch = this.#queue.shift();
      if (batch === undefined) break;
      void this.#flush(batch);
    }
  }

  async #flush(batch: Batch<Columns>): Promise<void> {
    this.#inFlight++;
    const startedAtMs = performance.now();
    for (const [shard, events] of batch.shares) shard.depart(events);
    this.#pace.started(startedAtMs);
    this.#latest = batch;
    const timeoutMs = Math.max(1, this.#limits.flushTimeoutMs - (startedAtMs - batch.openedAtMs));
    const task = { sink: this.#kind.sink, columns: batch.columns, timeoutMs };
    const result = await this.#context.flush(task, batch.shares);
    const endedAtMs = performance.now();
    const durationMs = endedAtMs - startedAtMs;
    this.#pace.ended(endedAtMs, batch.events, durationMs);
    this.#inFlight--;
    if (this.#latest === batch) this.#latest = undefined;
    const isCommitted = result.outcome === 'committed';
    for (const [shard, events] of batch.shares) shard.land(events, isCommitted ? endedAtMs : undefined);
    for (const watcher of this.#watchers) watcher(batch.columns, isCommitted);
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
      for (const [shard, events] of batch.shares) shard.flushed(result, events, durationMs);
      this.#context.onFlushed(result, batch.events, durationMs);
    }
    // The next one need not wait for this one any more.
    this.#unschedule();
    this.#schedule();
    this.#settleIdle();
  }

  #settleIdle(): void {
    if (this.#queue.length > 0 || this.#inFlight > 0) return;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}

function none(): undefined {
  return undefined;
}

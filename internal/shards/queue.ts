import type { SpanContext } from '@opentelemetry/api';

import { hashOf } from '../program/hash.ts';
import { traced } from '../telemetry/traced.ts';
import { UnavailableError } from './unavailable.ts';
import type { FlushResult } from './worker.ts';

/** What the front door's side needs to know to gather batches for the sink of that name. */
export interface BatchKind<Columns> {
  readonly sink: string;
  /** Most batches of a shard's own lane that are given to workers at once. */
  readonly maxInFlight: number;
  /** Whether events may be gathered in one batch with those of other shards; see {@link Lanes}. */
  readonly mayShare?: boolean;
  emptyColumns(): Columns;
  /** Whether the columns, however few events they hold, are so large that more would hold up whoever copies them. */
  isFull?(columns: Columns): boolean;
  /** Large buffers of the columns, which the front door's side lets go of once it is known what became of the batch. */
  buffersOf?(columns: Columns): Iterable<ArrayBuffer>;
}

/** Some events of a request, in one batch. */
export interface Commit {
  readonly events: number;
  /** Resolves to the id of the worker that committed them; rejects with an UnavailableError if that is not known in time. */
  readonly committedBy: Promise<number>;
}

/** The shard of a key: always the same in every process and version with the same number of shards. */
export function shardOf(key: string, shards: number): number {
  return hashOf(key) % shards;
}

/** Is told of each flush that events of a shard were in: how many of them, and how long it took. */
type OnShardFlushed = (result: FlushResult, events: number, durationMs: number) => void;

/** How many events of one shard are queued and in flight, whichever lanes they go through. What is queued is bounded. */
export class ShardLoad {
  readonly #maxQueuedEvents: number;
  /** Told of what was flushed in time, and of what failed. */
  readonly flushed: OnShardFlushed;
  #queued = 0;
  #inFlight = 0;
  #committedAtMs = -Infinity;

  constructor(maxQueuedEvents: number, onFlushed: OnShardFlushed) {
    this.#maxQueuedEvents = maxQueuedEvents;
    this.flushed = onFlushed;
  }

  get queuedEvents(): number {
    return this.#queued;
  }

  /** Events given to workers whose verdict is not known yet. */
  get eventsInFlight(): number {
    return this.#inFlight;
  }

  /** When it was last known that events were committed, as of `performance.now()`. */
  get committedAtMs(): number {
    return this.#committedAtMs;
  }

  /** How many events more may be queued. */
  get room(): number {
    return this.#maxQueuedEvents - this.#queued;
  }

  hasRoom(events: number): boolean {
    return events <= this.room;
  }

  queue(events: number): void {
    this.#queued += events;
  }

  /** They were queued for too long. */
  drop(events: number): void {
    this.#queued -= events;
  }

  depart(events: number): void {
    this.#queued -= events;
    this.#inFlight += events;
  }

  /** Their flush ended; `committedAtMs` if it committed them. */
  land(events: number, committedAtMs: number | undefined): void {
    this.#inFlight -= events;
    if (committedAtMs !== undefined) this.#committedAtMs = committedAtMs;
  }
}

// As many as OpenTelemetry links by default.
const MOST_TRACED = 128;

/**
 * Events gathered for one flush, as columns of plain data, and the promise of their COMMIT. All requests that put
 * events into a batch wait for that one promise.
 */
export class Batch<Columns> {
  /** How many events of which shards it has. */
  readonly shares = new Map<ShardLoad, number>();
  /** As in {@link Commit}. */
  readonly committedBy: Promise<number>;
  readonly columns: Columns;
  /** The spans of its requests, as far as they are traced. */
  readonly requests: SpanContext[] = [];
  readonly openedAtMs = performance.now();
  readonly #deadline: NodeJS.Timeout;
  #events = 0;
  #isDecided = false;
  #resolve: (workerId: number) => void = nothing;
  #reject: (reason: Error) => void = nothing;

  /** Fails by itself after `timeoutMs`, and calls `onExpired` then. */
  constructor(columns: Columns, timeoutMs: number, onExpired: (batch: Batch<Columns>) => void) {
    this.columns = columns;
    this.committedBy = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // A batch whose requests all went away must not end the process.
    this.committedBy.catch(nothing);
    this.#deadline = setTimeout(() => {
      this.fail(new UnavailableError('flush-timeout', 'The flush did not finish in time.'));
      onExpired(this);
    }, timeoutMs);
  }

  get events(): number {
    return this.#events;
  }

  /** Whether its requests know what became of it. */
  get isDecided(): boolean {
    return this.#isDecided;
  }

  add(shard: ShardLoad, events: number): void {
    this.#events += events;
    const request = traced.getStore();
    if (request !== undefined && this.requests.length < MOST_TRACED) this.requests.push(request);
    this.shares.set(shard, (this.shares.get(shard) ?? 0) + events);
  }

  /** The first verdict counts: after its deadline a batch stays failed for its requests, even if it commits later. */
  commit(workerId: number): void {
    this.#decide();
    this.#resolve(workerId);
  }

  fail(reason: Error): void {
    this.#decide();
    this.#reject(reason);
  }

  #decide(): void {
    this.#isDecided = true;
    clearTimeout(this.#deadline);
  }
}

/** How events are gathered. */
export interface QueueLimits {
  /** Most events of one batch. */
  readonly batchSize: number;
  /** From a batch's first event to the verdict its requests get, in milliseconds. */
  readonly flushTimeoutMs: number;
}

/**
 * Batches that wait for their flush, the last of which fills. The queue is bounded by the shards that the events are of:
 * what does not fit is refused at once, as a whole. A batch that is still queued at its deadline is dropped.
 */
export class Queue<Columns> {
  readonly #kind: BatchKind<Columns>;
  readonly #limits: QueueLimits;
  readonly #batches: Batch<Columns>[] = [];
  readonly #onQueued: () => void;
  readonly #onDropped: () => void;
  #refusal: () => string | undefined = nothing;
  #isClosed = false;

  /** `onQueued` is told of events that were queued, `onDropped` of a batch that was dropped. */
  constructor(kind: BatchKind<Columns>, limits: QueueLimits, onQueued: () => void, onDropped: () => void) {
    this.#kind = kind;
    this.#limits = limits;
    this.#onQueued = onQueued;
    this.#onDropped = onDropped;
  }

  /** Throws the {@link UnavailableError} that `events` more of that shard would be refused with now, if any. */
  requireRoom(shard: ShardLoad, events: number): void {
    if (this.#isClosed) throw new UnavailableError('stopping', 'The service is stopping.');
    const reason = this.#refusal();
    if (reason !== undefined) throw new UnavailableError('queue-full', reason);
    if (!shard.hasRoom(events)) throw new UnavailableError('queue-full', 'The queue is full.');
  }

  /**
   * Queues events of a shard that are committed together: one batch takes them all, a batch of their own if they are more
   * than `batchSize`. `write` puts them into its columns. Throws an {@link UnavailableError}, having queued nothing, if they
   * do not fit.
   */
  append(shard: ShardLoad, events: number, write: (columns: Columns) => void): Commit {
    this.requireRoom(shard, events);
    shard.queue(events);
    const batch = this.#fillingBatch(events);
    write(batch.columns);
    batch.add(shard, events);
    this.#onQueued();
    return { events, committedBy: batch.committedBy };
  }

  /** Refuses events at once while `reason` gives one, which is asked for all that come. What is queued goes on. */
  refuseWhile(reason: () => string | undefined): void {
    this.#refusal = reason;
  }

  /** Takes nothing more. */
  close(): void {
    this.#isClosed = true;
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0;
  }

  /** How many events the first batch has; none if there is no batch. */
  get nextEvents(): number {
    return this.#batches[0]?.events ?? 0;
  }

  /** Whether the first batch gets no more events. */
  get isNextFull(): boolean {
    const [next] = this.#batches;
    return this.#batches.length > 1 || (next !== undefined && !this.#takes(next, 1));
  }

  /** Takes the first batch out, for its flush. */
  shift(): Batch<Columns> | undefined {
    const batch = this.#batches.shift();
    if (batch !== undefined) for (const [shard, events] of batch.shares) shard.depart(events);
    return batch;
  }

  /** The last batch if it takes `events` more, else a new one. */
  #fillingBatch(events: number): Batch<Columns> {
    const last = this.#batches.at(-1);
    if (last !== undefined && this.#takes(last, events)) return last;
    const batch = new Batch(this.#kind.emptyColumns(), this.#limits.flushTimeoutMs, this.#onExpired);
    this.#batches.push(batch);
    return batch;
  }

  #takes(batch: Batch<Columns>, events: number): boolean {
    return batch.events + events <= this.#limits.batchSize && this.#kind.isFull?.(batch.columns) !== true;
  }

  readonly #onExpired = (batch: Batch<Columns>): void => {
    const position = this.#batches.indexOf(batch);
    if (position === -1) return; // In flight: its place is freed when the worker's verdict comes.
    this.#batches.splice(position, 1);
    for (const [shard, events] of batch.shares) shard.drop(events);
    this.#onDropped();
  };
}

function nothing(): undefined {
  return undefined;
}

import type { FlushResult } from './protocol.ts';

/** Is told of each flush that events of a shard were in: how many of them, and how long it took. */
export type OnShardFlushed = (result: FlushResult, events: number, durationMs: number) => void;

/** How many events of one shard are queued and in flight, whichever lanes they go through. What is queued is bounded. */
export class ShardLoad {
  readonly #maxQueuedEvents: number;
  readonly #onFlushed: OnShardFlushed;
  #queued = 0;
  #inFlight = 0;
  #committedAtMs = -Infinity;

  constructor(maxQueuedEvents: number, onFlushed: OnShardFlushed) {
    this.#maxQueuedEvents = maxQueuedEvents;
    this.#onFlushed = onFlushed;
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

  hasRoom(events: number): boolean {
    return this.#queued + events <= this.#maxQueuedEvents;
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

  flushed(result: FlushResult, events: number, durationMs: number): void {
    this.#onFlushed(result, events, durationMs);
  }
}

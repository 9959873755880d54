import type { ShardLoad } from './shard-load.ts';
import { UnavailableError } from './unavailable.ts';

/** Some events of a request, in one batch. */
export interface Commit {
  readonly events: number;
  /** Resolves to the worker's id when they are committed; rejects with an UnavailableError if not known in time. */
  readonly workerId: Promise<number>;
}

/**
 * Events gathered for one flush, as columns of plain data, and the promise of their COMMIT. All requests that put
 * events into a batch wait for that one promise.
 */
export class Batch<Columns> {
  /** How many events of which shards it has. */
  readonly shares = new Map<ShardLoad, number>();
  /** As in {@link Commit}. */
  readonly workerId: Promise<number>;
  readonly columns: Columns;
  readonly openedAtMs = performance.now();
  readonly #deadline: NodeJS.Timeout;
  #events = 0;
  #settled = false;
  #resolve: (workerId: number) => void = unset;
  #reject: (reason: Error) => void = unset;

  /** Fails by itself after `timeoutMs`, and calls `onExpired` then. */
  constructor(columns: Columns, timeoutMs: number, onExpired: (batch: Batch<Columns>) => void) {
    this.columns = columns;
    this.workerId = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // A batch whose requests all went away must not end the process.
    this.workerId.catch(unset);
    this.#deadline = setTimeout(() => {
      this.fail(new UnavailableError('flush-timeout', 'The flush did not finish in time.'));
      onExpired(this);
    }, timeoutMs);
  }

  get events(): number {
    return this.#events;
  }

  get settled(): boolean {
    return this.#settled;
  }

  add(shard: ShardLoad, events: number): void {
    this.#events += events;
    this.shares.set(shard, (this.shares.get(shard) ?? 0) + events);
  }

  /** The first verdict counts: after its deadline a batch stays failed for its requests, even if it commits later. */
  commit(workerId: number): void {
    this.#settle();
    this.#resolve(workerId);
  }

  fail(reason: Error): void {
    this.#settle();
    this.#reject(reason);
  }

  #settle(): void {
    this.#settled = true;
    clearTimeout(this.#deadline);
  }
}

function unset(): void {
  // Nothing waits yet.
}

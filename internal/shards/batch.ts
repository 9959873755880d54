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
  events = 0;
  /** As in {@link Commit}. */
  readonly workerId: Promise<number>;
  readonly columns: Columns;
  readonly openedAtMs: number;
  #settled = false;
  #resolve: (workerId: number) => void = unset;
  #reject: (reason: Error) => void = unset;

  constructor(columns: Columns, openedAtMs: number) {
    this.columns = columns;
    this.openedAtMs = openedAtMs;
    this.workerId = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // A batch whose requests all went away must not end the process.
    this.workerId.catch(unset);
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** The first verdict counts: after its deadline a batch stays failed for its requests, even if it commits later. */
  commit(workerId: number): void {
    this.#settled = true;
    this.#resolve(workerId);
  }

  fail(reason: Error): void {
    this.#settled = true;
    this.#reject(reason);
  }
}

function unset(): void {
  // Nothing waits yet.
}

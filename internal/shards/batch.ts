/**
 * Events gathered for one flush, as columns of plain data, and the promise of their COMMIT. All requests that put
 * events into a batch wait for that one promise.
 */
export class Batch<Columns> {
  events = 0;
  /** Resolves when the batch is committed; rejects with an UnavailableError when that is not known in time. */
  readonly committed: Promise<void>;
  readonly columns: Columns;
  readonly openedAtMs: number;
  #settled = false;
  #resolve: () => void = unset;
  #reject: (reason: Error) => void = unset;

  constructor(columns: Columns, openedAtMs: number) {
    this.columns = columns;
    this.openedAtMs = openedAtMs;
    this.committed = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // A batch whose requests all went away must not end the process.
    this.committed.catch(unset);
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** The first verdict counts: after its deadline a batch stays failed for its requests, even if it commits later. */
  commit(): void {
    this.#settled = true;
    this.#resolve();
  }

  fail(reason: Error): void {
    this.#settled = true;
    this.#reject(reason);
  }
}

function unset(): void {
  // Nothing waits yet.
}

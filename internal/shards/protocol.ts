/**
 * All that crosses the thread boundary, as plain data that structured clone copies. The front door's side sends a
 * {@link FlushTask}; the worker answers a {@link FlushResult}; {@link WorkerSetup} is a worker's `workerData`.
 */

/** What a worker is started with. */
export interface WorkerSetup {
  /** What its connection is called in Postgres. */
  readonly applicationName: string;
  readonly connectionString: string;
  readonly connectTimeoutMs: number;
  /** Bound of each statement, kept by the server even if the worker is gone. */
  readonly statementTimeoutMs: number;
}

/** One batch for one sink. */
export interface FlushTask {
  readonly sink: string;
  /** The batch's columns, of the shape that the sink of that name declares. */
  readonly columns: unknown;
  /** How long the flush may take in all, retries included. */
  readonly timeoutMs: number;
}

/**
 * What became of a batch. `committed` only after COMMIT returned. Otherwise the outcome is not known or nothing was
 * stored; `transient` says that the same batch may succeed later.
 */
export type FlushResult =
  | {
      readonly outcome: 'committed';
      readonly workerId: number;
      readonly attempts: number;
      /** What the sink had to tell. */
      readonly answer?: unknown;
    }
  | {
      readonly outcome: 'failed';
      readonly workerId: number;
      readonly attempts: number;
      readonly transient: boolean;
      readonly message: string;
    };

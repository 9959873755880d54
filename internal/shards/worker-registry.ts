import type { Commit } from './batch.ts';

/** One worker (a thread of one shard) since the service started; times in unix milliseconds. */
export interface WorkerRecord {
  /** The thread's id: unique in this process, never used again. */
  readonly id: number;
  readonly shardId: number;
  readonly createdAtMs: number;
  finishedAtMs: number | undefined;
  /** Events that this worker committed, of requests that were acknowledged. */
  events: number;
}

/** Who worked: every worker ever created, oldest first. Finished ones are kept, so that counts add up. */
export class WorkerRegistry {
  readonly #records = new Map<number, WorkerRecord>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  created(id: number, shardId: number): void {
    const createdAtMs = this.#nowMs();
    this.#records.set(id, { id, shardId, createdAtMs, finishedAtMs: undefined, events: 0 });
  }

  finished(id: number): void {
    const record = this.#records.get(id);
    if (record !== undefined) record.finishedAtMs ??= this.#nowMs();
  }

  /**
   * Resolves when all commits of one request are known, and counts them: from then on the request is acknowledged.
   * If one fails it rejects, and none counts, although others may be stored: the caller will send all of them again.
   */
  async acknowledge(commits: readonly Commit[]): Promise<void> {
    const workerIds = await Promise.all(commits.map(({ workerId }) => workerId));
    for (const [index, { events }] of commits.entries()) {
      const record = this.#records.get(workerIds[index] ?? 0);
      if (record !== undefined) record.events += events;
    }
  }

  get(id: number): Readonly<WorkerRecord> | undefined {
    return this.#records.get(id);
  }

  all(): readonly Readonly<WorkerRecord>[] {
    return [...this.#records.values()];
  }
}

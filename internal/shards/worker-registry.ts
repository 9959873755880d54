import type { Commit } from './batch.ts';

/** One worker (a thread of one shard) since the service started; times in unix milliseconds. */
export interface WorkerRecord {
  /** The thread's id, moved by what tells processes apart: unique in the service, never used again. */
  readonly id: number;
  readonly shardId: number;
  readonly createdAtMs: number;
  finishedAtMs: number | undefined;
  /** Events that this worker committed, of requests that were acknowledged. */
  events: number;
}

/** The order of workers wherever they are listed. */
export function oldestFirst(a: Readonly<WorkerRecord>, b: Readonly<WorkerRecord>): number {
  return a.createdAtMs - b.createdAtMs || a.id - b.id;
}

/** Who worked: every worker ever created, oldest first. Finished ones are kept, so that counts add up. */
export class WorkerRegistry {
  /** By thread. */
  readonly #records = new Map<number, WorkerRecord>();
  readonly #idsAfter: number;
  readonly #nowMs: () => number;

  constructor(idsAfter = 0, nowMs: () => number = Date.now) {
    this.#idsAfter = idsAfter;
    this.#nowMs = nowMs;
  }

  created(threadId: number, shardId: number): void {
    const id = this.#idsAfter + threadId;
    const createdAtMs = this.#nowMs();
    this.#records.set(threadId, { id, shardId, createdAtMs, finishedAtMs: undefined, events: 0 });
  }

  finished(threadId: number): void {
    const record = this.#records.get(threadId);
    if (record !== undefined) record.finishedAtMs ??= this.#nowMs();
  }

  /**
   * Resolves when all commits of one request are known, and counts them: from then on the request is acknowledged.
   * If one fails it rejects, and none counts, although others may be stored: the caller will send all of them again.
   */
  async acknowledge(commits: readonly Commit[]): Promise<void> {
    const [only] = commits;
    // A single report, the usual request, has one commit.
    if (commits.length === 1 && only !== undefined) {
      this.#count(await only.workerId, only.events);
      return;
    }
    const workerIds = await Promise.all(commits.map(({ workerId }) => workerId));
    for (const [index, { events }] of commits.entries()) this.#count(workerIds[index] ?? 0, events);
  }

  #count(workerId: number, events: number): void {
    const record = this.#records.get(workerId);
    if (record !== undefined) record.events += events;
  }

  all(): readonly Readonly<WorkerRecord>[] {
    // Threads tell that they run in any order, and clocks are set back.
    return [...this.#records.values()].sort(oldestFirst);
  }
}

import type pg from 'pg';

import type { FlushResult } from '../shards/worker.ts';
import { UnavailableError } from '../shards/unavailable.ts';
import type { Logger } from '../telemetry/logger.ts';
import { arePending } from './pending.ts';
import type { Settled } from './settle-sink.ts';
import { firstPace, nextPace } from './settle-pace.ts';

/** What the settler works with; injected, so that tests see each step. */
export interface SettlerContext {
  readonly database: Pick<pg.Pool, 'query'>;
  /** Has a worker take about `mostBytes` of what is pending; never rejects. */
  settle(mostBytes: number): Promise<FlushResult>;
  /** Lets no further batch of reports be written until `until` settles. */
  hold(until: Promise<unknown>): void;
  /** Told which services may be in another state. */
  onChanged(serviceNames: readonly string[] | 'all'): void;
  readonly logger: Logger;
}

/** The code of the error when what was reported last cannot be read yet. */
export const NOT_SETTLED = 'not-settled';
const RETRY_MS = 1000;
// Deleted rows stay where they are until a vacuum, and PostgreSQL's own comes once a minute at most.
const VACUUM_EACH_MS = 5000;
const VACUUM_BATCHES = 2000;
const VACUUM_BYTES = 32 * 2 ** 20;

/**
 * Has pending reports moved to the observations, where they are read: soon after they were committed, in rounds that are
 * rare enough to cost little and merge many batches; and at once when somebody wants to read.
 *
 *   flushed → (a pause) → round: a worker takes what is pending → … → nothing is pending
 *
 * Rounds follow one another, never two at a time. Whoever wants to read waits for one that began after it asked, which
 * all who ask meanwhile share. When more is pending than is settled in about two seconds, writing is held up until it is:
 * otherwise readers would wait ever longer.
 */
export class Settler {
  readonly #context: SettlerContext;
  #pace = firstPace;
  /** Rows that this process wrote since the last round began. */
  #rowsPending = 0;
  #round: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #sinceVacuum = { batches: 0, bytes: 0, atMs: -Infinity };

  constructor(context: SettlerContext) {
    this.#context = context;
  }

  /** Settles what an earlier process left, if any. */
  start(): void {
    this.settled().catch(() => this.#settleAfter(RETRY_MS));
  }

  /** To be told of each batch of reports and how many rows it has committed; of one whose outcome is not known, 0. */
  flushed(rows: number): void {
    this.#rowsPending += rows;
    if (this.#rowsPending > this.#pace.mostRows) this.#context.hold(this.#roundFromNow());
    else this.#settleAfter(this.#pace.pauseMs);
  }

  /** Resolves when all that was committed before, by whichever process, can be read from the observations. */
  async settled(): Promise<void> {
    const isSettled = async () => this.#rowsPending === 0 && !(await arePending(this.#context.database));
    if (await isSettled()) return;
    if (this.#rowsPending === 0 && this.#round !== undefined) {
      // It may be just what is being settled.
      await this.#round.catch(() => undefined);
      if (await isSettled()) return;
    }
    await this.#roundFromNow();
  }

  /** Begins no round by itself any more. What is pending stays so; the next process settles it. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#round?.catch(() => undefined);
  }

  #settleAfter(ms: number): void {
    if (this.#stopped || this.#round !== undefined) return;
    this.#timer ??= setTimeout(() => void this.#roundFromNow().catch(() => undefined), ms);
  }

  /** A round that begins now, or after the one that is under way. */
  #roundFromNow(): Promise<void> {
    if (this.#round === undefined) return this.#begin();
    return (this.#next ??= this.#round
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.#round ?? this.#begin();
      }));
  }

  #begin(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#round = this.#settleAll().then(
      () => this.#end(this.#rowsPending > 0 ? this.#pace.pauseMs : undefined),
      (error: unknown) => {
        this.#end(RETRY_MS);
        throw error;
      },
    );
    return this.#round;
  }

  #end(againInMs: number | undefined): void {
    this.#round = undefined;
    if (againInMs !== undefined) this.#settleAfter(againInMs);
    this.#vacuumIfDue();
  }

  async #settleAll(): Promise<void> {
    for (let isAll = false; !isAll;) {
      const rows = this.#rowsPending;
      this.#rowsPending = 0;
      const startedAtMs = performance.now();
      const result = await this.#context.settle(this.#pace.mostBytes);
      const settled = result.outcome === 'committed' ? (result.answer as Settled) : undefined;
      const durationMs = performance.now() - startedAtMs;
      this.#pace = nextPace(this.#pace, { durationMs, rows, ...(settled && { isAll: settled.isAll }) });
      if (result.outcome === 'failed' || settled === undefined) {
        this.#rowsPending += rows;
        this.#context.logger.warn({ result, durationMs }, 'reports not settled');
        throw new UnavailableError(NOT_SETTLED, 'What was reported last cannot be read yet.');
      }
      const { batches, bytes } = settled;
      this.#context.logger.debug({ batches, bytes, durationMs, isAll: settled.isAll }, 'reports settled');
      this.#sinceVacuum.batches += settled.batches;
      this.#sinceVacuum.bytes += settled.bytes;
      if (settled.serviceNames.length > 0) this.#context.onChanged(settled.serviceNames);
      isAll = settled.isAll;
    }
  }

  #vacuumIfDue(): void {
    const { batches, bytes, atMs } = this.#sinceVacuum;
    const nowMs = performance.now();
    if (batches < VACUUM_BATCHES && bytes < VACUUM_BYTES) return;
    if (nowMs - atMs < VACUUM_EACH_MS || this.#stopped) return;
    this.#sinceVacuum = { batches: 0, bytes: 0, atMs: nowMs };
    // Giving pages back to the disk would need a lock that flushes wait for.
    this.#context.database
      .query('vacuum (truncate off, skip_locked) pending_reports')
      .catch((error: unknown) => this.#context.logger.debug({ error }, 'pending reports not vacuumed'));
  }
}

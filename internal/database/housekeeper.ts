import type pg from 'pg';

import type { Logger } from '../telemetry/logger.ts';
import { lockArguments, type AdvisoryLock } from './advisory-locks.ts';

/** Something to tidy up now and then, in steps that hold nobody up. */
export interface Chore {
  readonly name: string;
  /** Resolves to how much was done, for the log. May end by throwing once the signal is given: the service stops. */
  run(client: pg.PoolClient, signal: AbortSignal): Promise<number>;
}

export interface HousekeeperOptions {
  readonly database: pg.Pool;
  readonly everyMs: number;
  readonly chores: readonly Chore[];
  readonly logger: Logger;
}

/** Held by the replica that tidies up. */
export const housekeepingLock: AdvisoryLock = { name: 'housekeeping', number: 2 };
const LOCK = lockArguments(housekeepingLock);

/** Runs the chores again and again, on one replica at a time. What fails is tried again at the next turn. */
export class Housekeeper {
  readonly #options: HousekeeperOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<unknown> = Promise.resolve();
  readonly #stop = new AbortController();

  constructor(options: HousekeeperOptions) {
    this.#options = options;
  }

  /** The first turn is at once, the others each period. */
  start(): void {
    if (this.#isStopped()) return;
    this.#running = this.runOnce().finally(() => {
      if (!this.#isStopped()) this.#timer = setTimeout(() => this.start(), this.#options.everyMs);
    });
  }

  /** Runs each chore once, unless another replica is at it. Never rejects; resolves to whether they were run. */
  async runOnce(): Promise<boolean> {
    try {
      return await this.#runAll(await this.#options.database.connect());
    } catch (error) {
      this.#options.logger.warn({ error }, 'housekeeping failed');
      return false;
    }
  }

  /** Resolves when nothing runs any more. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    await this.#running;
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async #runAll(client: pg.PoolClient): Promise<boolean> {
    let isSound = false;
    try {
      const { rows } = await client.query<{ locked: boolean }>(
        `select pg_try_advisory_lock(${LOCK}) as locked`,
      );
      const locked = rows[0]?.locked === true;
      if (locked) {
        for (const chore of this.#options.chores) if (!this.#isStopped()) await this.#run(chore, client);
        await client.query(`select pg_advisory_unlock(${LOCK})`);
      }
      isSound = true;
      return locked;
    } finally {
      // The lock belongs to the connection: one of unknown state must not go on living in the pool.
      client.release(!isSound);
    }
  }

  async #run(chore: Chore, client: pg.PoolClient): Promise<void> {
    try {
      const done = await chore.run(client, this.#stop.signal);
      this.#options.logger.debug({ chore: chore.name, done }, 'housekeeping done');
    } catch (error) {
      if (this.#isStopped()) return;
      this.#options.logger.warn({ chore: chore.name, error }, 'housekeeping postponed');
    }
  }
}

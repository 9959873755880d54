import { setTimeout as pause } from 'node:timers/promises';

import type pg from 'pg';

import type { Logger } from '../telemetry/logger.ts';
import { pauseMs } from '../time/back-off.ts';
import { withDeadline } from './deadline.ts';
import { UnsafeDatabaseError, unsafeSettings } from './durability.ts';
import { migrate, NewerSchemaError } from './migrate.ts';
import { createPool } from './pool.ts';

export interface DatabaseOptions {
  readonly connectionString: string;
  readonly connectTimeoutMs: number;
  /** Bound of each query that answers a read. */
  readonly statementTimeoutMs: number;
  readonly allowUnsafe: boolean;
  readonly logger: Logger;
}

const READ_CONNECTIONS = 4;
// Long histories are read page by page, in the order of a key. While a table is new and PostgreSQL has no statistics of
// it, it would rather gather all that is left from a bitmap and sort it, for each page anew.
const readSettings = ['enable_bitmapscan=off'];
const PAUSES = { firstMs: 250, longestMs: 5000 };
// Orchestrators give a probe a second or so.
const PROBE_TIMEOUT_MS = 1000;
// What is left to do when closing is to wait for reads that nobody waits for any more.
const CLOSE_TIMEOUT_MS = 500;

/**
 * The front door's side of Postgres: the pool that reads go through, and whether it can be used. A database that is
 * away at the start is waited for; the service answers 503 meanwhile.
 */
export class Database {
  readonly pool: pg.Pool;
  readonly #options: DatabaseOptions;
  readonly #stop = new AbortController();
  #prepared = false;
  #probe: Promise<unknown> | undefined;

  constructor(options: DatabaseOptions) {
    this.#options = options;
    const { connectionString, connectTimeoutMs, statementTimeoutMs, logger } = options;
    const applicationName = 'minikom read';
    const settings = { connectionString, applicationName, connectTimeoutMs, statementTimeoutMs };
    this.pool = createPool(
      { ...settings, maxConnections: READ_CONNECTIONS, sessionSettings: readSettings },
      logger,
    );
  }

  /** Why no request can be served yet: the schema is not known to be up to date. */
  notPrepared = (): string | undefined => (this.#prepared ? undefined : 'The database is not ready yet.');

  /** Why nothing can be read or written now, asked of the database itself. */
  async whyNotReady(): Promise<string | undefined> {
    if (!this.#prepared) return this.notPrepared();
    try {
      // Callers share one question, so that probes of a stuck database do not pile up in the pool.
      this.#probe ??= this.pool.query('select 1').finally(() => (this.#probe = undefined));
      await withDeadline(this.#probe, PROBE_TIMEOUT_MS);
      return undefined;
    } catch (error) {
      this.#options.logger.warn({ error }, 'not ready');
      return 'The database does not answer.';
    }
  }

  /**
   * Checks that commits are durable and migrates, again and again until it works or the service stops. Rejects only
   * with an {@link UnsafeDatabaseError} or a {@link NewerSchemaError}.
   */
  async prepare(): Promise<void> {
    const { connectionString, connectTimeoutMs, logger } = this.#options;
    for (let failures = 1; !this.#isStopping(); failures++) {
      try {
        await this.#requireDurability();
        await migrate(connectionString, connectTimeoutMs, logger);
        this.#prepared = true;
        return;
      } catch (error) {
        if (error instanceof UnsafeDatabaseError || error instanceof NewerSchemaError) throw error;
        // Also for a wrong password or a missing database: somebody may put it right.
        const retryInMs = Math.round(pauseMs(failures, PAUSES));
        if (!this.#isStopping()) logger.error({ error, retryInMs }, 'database not ready');
        await pause(retryInMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      }
    }
  }

  /** Ends preparing and closes the pool, whatever the database does. Safe to call twice. */
  async stop(): Promise<void> {
    if (this.#isStopping()) return;
    this.#stop.abort();
    await withDeadline(this.pool.end(), CLOSE_TIMEOUT_MS).catch(() => undefined);
  }

  #isStopping(): boolean {
    return this.#stop.signal.aborted;
  }

  async #requireDurability(): Promise<void> {
    const unsafe = await unsafeSettings(this.pool);
    if (unsafe.length === 0) return;
    const message = `This database may lose committed data: ${unsafe.join(', ')}.`;
    if (!this.#options.allowUnsafe) {
      throw new UnsafeDatabaseError(`${message} Set ALLOW_UNSAFE_DATABASE=1 to use it all the same.`);
    }
    this.#options.logger.warn({ unsafe }, 'UNSAFE DATABASE: committed data may be lost in a crash');
  }
}

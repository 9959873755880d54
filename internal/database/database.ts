import { setTimeout as pause } from 'node:timers/promises';

import pg from 'pg';

import type { Logger } from '../telemetry/logger.ts';
import { pauseMs } from '../time/back-off.ts';
import { ClockWatch } from './clock.ts';
import type { Spread } from './cluster.ts';
import { withDeadline } from './deadline.ts';
import { UnsafeDatabaseError, unsafeSettings } from './durability.ts';
import { migrate, NewerSchemaError } from './migrate.ts';
import { createPool, type PoolSettings } from './pool.ts';
import { SharedSessionsError, sharesSessions } from './pooler.ts';
import { Probe } from './probe.ts';
import { reasonOf } from './reason.ts';

export interface DatabaseOptions {
  readonly connectionString: string;
  /** Where a session is to be had, if `connectionString` leads to a pooler that shares them. */
  readonly directUrl?: string | undefined;
  /** As {@link PoolSettings.hasSessions}, of `connectionString`. */
  readonly hasSessions?: boolean;
  readonly connectTimeoutMs: number;
  /** Bound of each query that answers a read. */
  readonly statementTimeoutMs: number;
  readonly allowUnsafe: boolean;
  /** The database is a cluster, over which these tables are to be spread. */
  readonly spreads?: readonly Spread[] | undefined;
  /** How far this machine's clock may be from the database's. */
  readonly mostSkewSeconds: number;
  /** This machine's clock, in unix seconds. */
  readonly nowSeconds?: () => number;
  /** What has to go well once the schema is up to date. */
  readonly enter?: () => Promise<unknown>;
  readonly logger: Logger;
}

const READ_CONNECTIONS = 4;
const WRITE_CONNECTIONS = 2;
const SIGNAL_CONNECTIONS = 1;
// Of these one tidies up; the other one is there when it is looked whether sessions are shared.
const DIRECT_CONNECTIONS = 2;

/** Most connections of a {@link Database} with these settings. */
export function frontDoorConnections(hasSessions: boolean, directUrl?: string): number {
  const sessions = directUrl === undefined && hasSessions ? 0 : DIRECT_CONNECTIONS;
  return READ_CONNECTIONS + WRITE_CONNECTIONS + SIGNAL_CONNECTIONS + sessions;
}

// Long histories are read page by page, in the order of a key. While a table is new and PostgreSQL has no statistics of
// it, it would rather gather all that is left from a bitmap and sort it, for each page anew.
const readSettings = ['enable_bitmapscan=off'];
const PAUSES = { firstMs: 250, longestMs: 5000 };
// A commit that takes longer is no matter of load.
const PROBE_PATIENCE_MS = 2000;
// Of a page each; then their table is emptied.
const PROBES_KEPT = 1000;
// Of the time that a read may take, so much of it to wait for a connection.
const WAITING_SHARE = 0.5;
// What is left to do when closing is to wait for reads that nobody waits for any more.
const CLOSE_TIMEOUT_MS = 500;

const EMPTY_PROBES = `select set_config('lock_timeout', '100ms', true); truncate readiness_probes`;

const NOW = 'extract(epoch from clock_timestamp())::float8 as now';

/**
 * The front door's side of Postgres: the pools that it asks through, and whether it can be used. A database that is
 * away at the start is waited for; the service answers 503 meanwhile.
 */
export class Database {
  /** For reading: answers may take long. */
  readonly pool: pg.Pool;
  /** For the few writes that no batch carries: they wait for no reader. */
  readonly writes: pg.Pool;
  /** One connection, for what is short and waits for nobody else: probing, and announcing changes. */
  readonly signals: pg.Pool;
  /** Connections with a session of their own, which can hold a lock. */
  readonly sessions: pg.Pool;
  readonly #options: DatabaseOptions;
  readonly #stop = new AbortController();
  readonly #probe = new Probe(() => this.#commitProbe(), PROBE_PATIENCE_MS);
  readonly #clock: ClockWatch;
  #clockFault: string | undefined;
  #prepared = false;
  #probes = 0;

  constructor(options: DatabaseOptions) {
    this.#options = options;
    const { connectionString, directUrl, hasSessions = true } = options;
    const { connectTimeoutMs, statementTimeoutMs, logger } = options;
    const settings = { connectionString, hasSessions, connectTimeoutMs, statementTimeoutMs };
    const open = (purpose: string, maxConnections: number, more: Partial<PoolSettings> = {}) =>
      createPool({ ...settings, applicationName: `minikom ${purpose}`, maxConnections, ...more }, logger);
    this.pool = open('read', READ_CONNECTIONS, {
      sessionSettings: readSettings,
      mostWaitMs: statementTimeoutMs * WAITING_SHARE,
    });
    this.writes = open('write', WRITE_CONNECTIONS);
    // Kept for as long as it lives: where there are no connections left it is known that reports are taken all the same.
    this.signals = open('signal', SIGNAL_CONNECTIONS, { idleTimeoutMs: 0 });
    this.#clock = new ClockWatch({
      ...options,
      ask: () => askForTime(this.pool, 'clock', `select ${NOW}`),
      tell: (fault) => (this.#clockFault = fault),
    });
    const direct = { connectionString: directUrl ?? connectionString, hasSessions: true };
    this.sessions =
      directUrl === undefined && hasSessions
        ? this.pool
        : open('session', DIRECT_CONNECTIONS, { ...direct, sessionSettings: readSettings });
  }

  /** Why no request can be served: the schema is not known to be up to date, or the time is not known. */
  whyUnusable = (): string | undefined =>
    this.#prepared ? this.#clockFault : 'The database is not ready yet.';

  /** Why nothing can be committed now, seen by committing something. */
  async whyNotReady(): Promise<string | undefined> {
    if (!this.#prepared) return this.whyUnusable();
    try {
      await this.#probe.check();
      return this.#clockFault;
    } catch (error) {
      this.#options.logger.warn({ error }, 'not ready');
      return isRefusalToWrite(error)
        ? 'The database answers, but commits nothing.'
        : 'The database does not answer.';
    }
  }

  async #commitProbe(): Promise<void> {
    // Somebody who still writes may hold it up; then the next one does it.
    if (this.#probes % PROBES_KEPT === 0) await this.signals.query(EMPTY_PROBES).catch(() => undefined);
    this.#probes++;
    await this.signals.query({ name: 'probe', text: 'insert into readiness_probes default values' });
    await this.#clock.check(() => askForTime(this.signals, 'clock', `select ${NOW}`));
  }

  /**
   * Checks that commits are durable and migrates, again and again until it works or the service stops. Rejects only
   * with an {@link UnsafeDatabaseError} or a {@link NewerSchemaError}.
   */
  async prepare(): Promise<void> {
    const { connectTimeoutMs, logger } = this.#options;
    let told: string | undefined;
    for (let failures = 1; !this.#isStopping(); failures++) {
      let url = this.#directUrl;
      try {
        await this.#requireSessions();
        url = this.#options.connectionString;
        await this.#requireDurability();
        url = this.#directUrl;
        await migrate(url, connectTimeoutMs, logger, this.#options.spreads);
        await this.#clock.check();
        await this.#options.enter?.();
        this.#clock.start();
        this.#prepared = true;
        return;
      } catch (error) {
        if (error instanceof UnsafeDatabaseError || error instanceof NewerSchemaError) throw error;
        // Also for a wrong password or a missing database: somebody may put it right.
        const retryInMs = Math.round(pauseMs(failures, PAUSES));
        if (!this.#isStopping()) told = this.#tell(error, url, retryInMs, told);
        await pause(retryInMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      }
    }
  }

  /** Ends preparing and closes the pool, whatever the database does. Safe to call twice. */
  async stop(): Promise<void> {
    if (this.#isStopping()) return;
    this.#stop.abort();
    this.#clock.stop();
    const ended = Promise.all(
      [...new Set([this.pool, this.writes, this.signals, this.sessions])].map((pool) => pool.end()),
    );
    await withDeadline(ended, CLOSE_TIMEOUT_MS).catch(() => undefined);
  }

  #isStopping(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Says why the database of that URL cannot be used: loudly, unless that was `told` before. Returns what it said. */
  #tell(error: unknown, url: string, retryInMs: number, told: string | undefined): string {
    const { logger } = this.#options;
    const reason = reasonOf(error, url);
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const fields = { ...(reason === undefined ? { error } : { reason, code }), retryInMs };
    const said = reason ?? String(error);
    if (said === told) logger.debug(fields, 'database not ready');
    else logger.error(fields, 'database not ready');
    return said;
  }

  get #directUrl(): string {
    return this.#options.directUrl ?? this.#options.connectionString;
  }

  async #requireSessions(): Promise<void> {
    if (!(await sharesSessions(this.sessions))) return;
    const { directUrl, hasSessions = true } = this.#options;
    const variable = directUrl === undefined ? 'DATABASE_URL' : 'DATABASE_DIRECT_URL';
    const unnamed = directUrl === undefined && hasSessions ? 'DATABASE_PREPARE=off, and ' : '';
    throw new SharedSessionsError(
      `${variable} leads to a pooler that shares sessions, as PgBouncer does with pool_mode = transaction: ` +
        `set ${unnamed}DATABASE_DIRECT_URL to lead to PostgreSQL itself.`,
    );
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

async function askForTime(pool: pg.Pool, name: string, text: string): Promise<number> {
  const { rows } = await pool.query<{ now: number }>({ name, text });
  return rows[0]?.now ?? NaN;
}

// A full disk, a read-only database, rights that were taken away; not what closes or refuses connections, nor a timeout.
function isRefusalToWrite(error: unknown): boolean {
  return error instanceof pg.DatabaseError && !/^(08|57|28|3D|53[023])/.test(error.code ?? '');
}

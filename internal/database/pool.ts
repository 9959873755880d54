import pg from 'pg';

import { UnavailableError } from '../shards/unavailable.ts';
import type { Logger } from '../telemetry/logger.ts';
import { clientOptions, sendUnnamed, settingStatement } from './connection.ts';

/** How a pool connects; durations in milliseconds. */
export interface PoolSettings {
  readonly connectionString: string;
  /**
   * False where sessions are shared, by a pooler that gives one to each transaction: then no statement has a name and
   * nothing is set, as others would find it so. True if it is left out.
   */
  readonly hasSessions?: boolean;
  readonly applicationName: string;
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  /** Bound of each statement, kept by the server and, a little later, by us. */
  readonly statementTimeoutMs: number;
  /** How long an unused connection is kept; 0: for as long as it lives. Ten seconds if it is left out. */
  readonly idleTimeoutMs?: number;
  /** Whoever would wait for longer for a connection is told so at once, with an {@link UnavailableError}; Infinity if it is left out. */
  readonly mostWaitMs?: number;
  /** More settings of the sessions, as `name=value`. */
  readonly sessionSettings?: readonly string[];
  /** True if statements are sent while those before them are not answered yet, where sessions are not shared. */
  readonly isPipelined?: boolean;
}

// The server should be the first to give up: its error is clear and the connection stays good.
const CLIENT_GRACE_MS = 250;
// An idle connection whose other end vanished is noticed this soon, and not by the next batch.
export const KEEP_ALIVE_AFTER_MS = 10_000;

// An answer of 2xx means durable, and whoever waited for a lock sees what was done meanwhile, whatever the database's
// defaults are.
const alwaysSet = ['synchronous_commit=on', 'default_transaction_isolation=read committed'];

/** A pg pool in which nothing waits for ever and a lost connection ends nothing but its query. */
export function createPool(settings: PoolSettings, logger?: Logger): pg.Pool {
  const { connectTimeoutMs, statementTimeoutMs, hasSessions = true } = settings;
  const reached = clientOptions(settings.connectionString);
  const statement = settingStatement(
    [
      ...alwaysSet,
      `statement_timeout=${statementTimeoutMs}`,
      `lock_timeout=${statementTimeoutMs}`,
      `idle_in_transaction_session_timeout=${2 * statementTimeoutMs}`,
      ...(settings.sessionSettings ?? []),
    ],
    reached.options,
  );
  const pool = new pg.Pool({
    ...reached,
    application_name: settings.applicationName,
    max: settings.maxConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    ...(settings.idleTimeoutMs !== undefined && { idleTimeoutMillis: settings.idleTimeoutMs }),
    query_timeout: statementTimeoutMs + CLIENT_GRACE_MS,
    pipeline: hasSessions && settings.isPipelined === true,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    ...(hasSessions && {
      verify: (client, done) =>
        void client.query(statement).then(
          () => done(),
          (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
        ),
    }),
  });
  // Without listeners a connection lost while idle, or while checked out, ends the process.
  pool.on('error', (error) => logger?.warn({ error }, 'database connection lost'));
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
    if (!hasSessions) sendUnnamed(client);
  });
  if (settings.mostWaitMs !== undefined) refuseLongWaits(pool, settings.maxConnections, settings.mostWaitMs);
  return pool;
}

const OF_THE_NEXT = 0.3;

/** Has those refused who would wait for too long, by how long connections were taken for of late. */
function refuseLongWaits(pool: pg.Pool, connections: number, mostWaitMs: number): void {
  const takenAtMs = new WeakMap<pg.PoolClient, number>();
  let usualMs = 0;
  pool.on('acquire', (client) => takenAtMs.set(client, performance.now()));
  pool.on('release', (_, client) => {
    const nowMs = performance.now();
    usualMs += OF_THE_NEXT * (nowMs - (takenAtMs.get(client) ?? nowMs) - usualMs);
  });
  const connect = pool.connect.bind(pool) as (...args: unknown[]) => unknown;
  const connectInTime = (told?: (error: Error, client: undefined, done: () => void) => void) => {
    // Those who wait for a connection that is there, or may be made, are about to have it. Where nobody else does it is found out.
    const ahead = pool.waitingCount - pool.idleCount - (connections - pool.totalCount);
    if ((ahead * usualMs) / connections <= mostWaitMs) return connect(told);
    const refusal = new UnavailableError('queue-full', 'Too many requests wait for PostgreSQL to read.');
    if (told === undefined) return Promise.reject(refusal);
    told(refusal, undefined, () => undefined);
    return undefined;
  };
  // By way of this one a pool's queries have their connections, too.
  pool.connect = connectInTime as typeof pool.connect;
}

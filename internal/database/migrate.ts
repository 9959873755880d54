import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import pg from 'pg';

import type { Logger } from '../telemetry/logger.ts';
import { requireCluster, spreadTables, type Spread } from './cluster.ts';
import { clientOptions, settingStatement } from './connection.ts';
import { KEEP_ALIVE_AFTER_MS } from './pool.ts';
import { byStatement } from './sql-file.ts';

/** Where the migrations are; compiled files lie in dist/internal/database/. */
export const migrationsFolder = fileURLToPath(new URL('../../../migrations', import.meta.url));

// Another replica that migrates is waited for, but not for ever: then the caller tries again.
const LOCK_TIMEOUT_MS = 30_000;

/** A newer program has changed the database in ways that this one does not know: it would not see all that is stored. */
export class NewerSchemaError extends Error {
  override readonly name = 'NewerSchemaError';
}

/**
 * Brings the schema up to date. Replicas that start at once take turns: the others wait for the first and then find
 * nothing to do. Throws a {@link NewerSchemaError} if the database has migrations that are not among ours. With `spreads`
 * the database is a cluster, over which tables are spread, or it throws a `ClusterError`.
 */
export async function migrate(
  connectionString: string,
  connectTimeoutMs: number,
  logger: Logger,
  spreads?: readonly Spread[],
): Promise<void> {
  const client = new pg.Client({
    ...clientOptions(connectionString),
    application_name: 'minikom migrate',
    connectionTimeoutMillis: connectTimeoutMs,
    // Migrations may take their time, so this is how a server that vanished is noticed.
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
  });
  client.on('error', (error) => logger.warn({ error }, 'database connection lost while migrating'));
  try {
    await client.connect();
    await client.query(settingStatement([`lock_timeout=${LOCK_TIMEOUT_MS}`]));
    if (spreads !== undefined) await requireCluster(client);
    const known = (await readdir(migrationsFolder)).map((file) => file.replace(/\.sql$/, ''));
    const applied = new Set(await appliedTo(client));
    if (known.some((name) => !applied.has(name))) await applyTo(client, logger);
    refuseUnknown(known, await appliedTo(client));
    if (spreads !== undefined) await spreadTables(client, spreads, logger);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The migrations that the database has had, the oldest first. */
async function appliedTo(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ exists: boolean }>(
    "select to_regclass('migrations') is not null as exists",
  );
  if (rows[0]?.exists !== true) return [];
  const applied = await client.query<{ name: string }>('select name from migrations order by id');
  return applied.rows.map(({ name }) => name);
}

async function applyTo(client: pg.Client, logger: Logger): Promise<void> {
  // Nearly every start finds nothing to do, and this is a tenth of what a start loads.
  const { runner } = await import('node-pg-migrate');
  const applied = await runner({
    dbClient: client,
    dir: migrationsFolder,
    migrationLoaderStrategies: byStatement,
    direction: 'up',
    migrationsTable: 'migrations',
    advisoryLockMode: 'wait',
    checkOrder: true,
    logger: {
      debug: (message) => logger.trace(message),
      info: (message) => logger.debug(message),
      warn: (message) => logger.warn({ said: message }, 'migration warning'),
      error: (message) => logger.error({ said: message }, 'migration failed'),
    },
  });
  if (applied.length > 0) logger.info({ migrations: applied.map(({ name }) => name) }, 'database migrated');
}

/** Looked at last, so that it holds also for what another replica did while we waited for it. */
function refuseUnknown(known: readonly string[], applied: readonly string[]): void {
  const unknown = applied.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new NewerSchemaError(
    `A newer version has changed this database (${unknown.join(', ')}): start that one, or see "Going back to an older version" in docs/operations.md.`,
  );
}

import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { clusterUser } from './cluster.ts';
import { EmbeddedPostgresError, orElse } from './embedded-error.ts';

/**
 * The connection that is kept for as long as we use the cluster. It carries the advisory lock that makes us its
 * only service, which the server frees when we die; and its loss is how we notice that the server died: an idle
 * backend leaves as soon as its postmaster is gone.
 */
export interface Hold {
  /** Resolves when the connection is gone, for whatever reason. */
  readonly lost: Promise<void>;
  /** Gives the lock back; safe at any time. */
  release(): void;
}

// In the database `postgres`: nothing but this module connects there.
const lockKey = 7_036_872_265;
const lockRetryMs = 100;
const answerTimeoutMs = 2000;

/**
 * Connects, takes the lock and creates the service's database if it is missing. Rejects with `data-folder-in-use`
 * if another service keeps the lock for `lockTimeoutMs`; the backend of a holder that was killed is gone sooner.
 */
export async function takeHold(
  server: { readonly port: number; readonly password: string; readonly lockTimeoutMs: number },
  signal: AbortSignal,
): Promise<Hold> {
  const client = new pg.Client({
    ...{ host: '127.0.0.1', port: server.port, user: clusterUser, password: server.password },
    ...{ database: 'postgres', application_name: 'minikom supervisor' },
    ...{ connectionTimeoutMillis: answerTimeoutMs, query_timeout: 10_000 },
  });
  const lost = new Promise<void>((resolve) => {
    // The 'error' listener must stay for the connection's whole life: without it a lost one ends the process.
    client.on('error', () => resolve());
    client.on('end', () => resolve());
  });
  const release = () => void client.end().catch(() => undefined);
  try {
    await client.connect();
    await lock(client, server.lockTimeoutMs, signal);
    await createDatabase(client);
    return { lost, release };
  } catch (error) {
    release();
    throw error;
  }
}

async function lock(client: pg.Client, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const { rows } = await client.query<{ locked: boolean }>(
      'select pg_try_advisory_lock($1::bigint) as locked',
      [lockKey],
    );
    if (rows[0]?.locked === true) return;
    if (performance.now() >= deadlineMs) {
      throw new EmbeddedPostgresError(
        'data-folder-in-use',
        'Another service runs on this data folder. Stop it first, or use another DATA_DIR.',
      );
    }
    await sleep(lockRetryMs, undefined, { signal });
  }
}

async function createDatabase(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query('select from pg_database where datname = $1::text', [clusterUser]);
  if (rowCount === 1) return;
  const duplicateDatabase = '42P04';
  await orElse(client.query(`create database ${clusterUser}`), undefined, duplicateDatabase);
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';

import { startEmbeddedPostgres, type EmbeddedPostgres } from '../database/embedded/index.ts';
import { migrate } from '../database/migrate.ts';
import { createLogger } from '../telemetry/logger.ts';

/** A database of its own for one test file, with the current schema. */
export interface TestDatabase {
  readonly connectionString: string;
  /** Fails if somebody still holds a connection: a leaked pool is a fault. */
  drop(): Promise<void>;
}

interface SharedPostgres {
  readonly folder: string;
  readonly server: EmbeddedPostgres;
  databases: number;
}

const TEMPLATE = 'minikom_template';
const CONNECT_TIMEOUT_MS = 10_000;
const LEAK_TIMEOUT_MS = 5000;

let starting: Promise<SharedPostgres> | undefined;

/** A fresh database, cloned from a migrated template in the PostgreSQL that all tests of this run share. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const shared = await (starting ??= start());
  const name = `test_${process.pid}_${shared.databases++}`;
  await asAdministrator(shared, (client) => client.query(`create database ${name} template ${TEMPLATE}`));
  return {
    connectionString: urlOf(shared, name),
    drop: () => asAdministrator(shared, (client) => dropWhenUnused(client, name)),
  };
}

/** Mocha calls this once, after all tests: the shared PostgreSQL stops and its folder goes. */
export async function mochaGlobalTeardown(): Promise<void> {
  if (starting === undefined) return;
  const { server, folder } = await starting;
  await server.stop();
  await rm(folder, { recursive: true });
}

async function start(): Promise<SharedPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'minikom-tests-'));
  const logger = createLogger('silent');
  const server = await startEmbeddedPostgres({ dataDir: folder, logger });
  const shared = { folder, server, databases: 0 };
  await asAdministrator(shared, (client) => client.query(`create database ${TEMPLATE}`));
  await migrate(urlOf(shared, TEMPLATE), CONNECT_TIMEOUT_MS, logger);
  return shared;
}

async function asAdministrator(
  shared: SharedPostgres,
  work: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  const client = new pg.Client({ connectionString: shared.server.connectionString });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** Backends need a moment to notice that their clients went; one that stays is told with what it last ran. */
async function dropWhenUnused(client: pg.Client, name: string): Promise<void> {
  const deadlineMs = performance.now() + LEAK_TIMEOUT_MS;
  for (;;) {
    const { rows } = await client.query<{ application_name: string; query: string }>(
      'select application_name, query from pg_stat_activity where datname = $1',
      [name],
    );
    if (rows.length === 0) break;
    if (performance.now() > deadlineMs) {
      await client.query(`drop database ${name} with (force)`);
      throw new Error(`connections were leaked: ${JSON.stringify(rows)}`);
    }
  }
  await client.query(`drop database ${name}`);
}

function urlOf({ server }: SharedPostgres, database: string): string {
  const url = new URL(server.connectionString);
  url.pathname = `/${database}`;
  return url.href;
}

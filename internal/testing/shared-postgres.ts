import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { Runner } from 'mocha';
import pg from 'pg';

import { startEmbeddedPostgres, type EmbeddedPostgres } from '../database/embedded/index.ts';
import { migrate } from '../database/migrate.ts';
import { createLogger } from '../telemetry/logger.ts';
import { copyNewCluster, discardNewCluster, newCluster } from './new-cluster.ts';

/** A database of its own for one test file, with the current schema. */
export interface TestDatabase {
  readonly connectionString: string;
  /** Fails if somebody still holds a connection: a leaked pool is a fault. */
  drop(): Promise<void>;
}

interface OwnPostgres {
  readonly folder: string;
  readonly server: EmbeddedPostgres;
}

const TEMPLATE = 'minikom_template';
/** Of a cluster: knows its nodes, and has no tables. */
const EMPTY_CLUSTER = 'minikom_nodes';
const CONNECT_TIMEOUT_MS = 10_000;
const LEAK_TIMEOUT_MS = 5000;
// PostgreSQL itself waits five seconds each time.
const DROP_TIMEOUT_MS = 30_000;
const EACH_MS = 5;
const OBJECT_IN_USE = '55006';
// The services of several tests use it at once.
const settings = { max_connections: '1000' };

let starting: Promise<OwnPostgres> | undefined;
let databases = 0;

/**
 * A fresh database, cloned from a migrated template in the PostgreSQL that all tests of this run share; `isEmpty`: without
 * tables, as it is before the first start.
 */
export async function createTestDatabase({ isEmpty = false } = {}): Promise<TestDatabase> {
  // eslint-disable-next-line no-restricted-properties -- mocha has no other way to hand something to its workers
  const { MINIKOM_TEST_POSTGRES } = process.env;
  const shared = MINIKOM_TEST_POSTGRES ?? (await (starting ??= start())).server.connectionString;
  // Of a cluster: each node has a database of that name, and a template of it, which knows the nodes by their addresses.
  const nodes = clusterNodes();
  const name = `test_${process.pid}_${databases++}`;
  const empty = nodes.length === 0 ? 'template1' : EMPTY_CLUSTER;
  const create = `create database ${name} template ${isEmpty ? empty : TEMPLATE}`;
  await onEach([...nodes, shared], (client) => client.query(create));
  return {
    connectionString: urlOf(shared, name),
    async drop() {
      await asAdministrator(shared, (client) => dropWhenUnused(client, name));
      await onEach(nodes, (client) => dropByForce(client, name));
    },
  };
}

/** Where the nodes are of the cluster that this run is on, by URL; none where it is on one PostgreSQL. */
export function clusterNodes(): string[] {
  // eslint-disable-next-line no-restricted-properties -- as above
  const { MINIKOM_TEST_NODES = '' } = process.env;
  return MINIKOM_TEST_NODES.split(',').filter((url) => url !== '');
}

async function onEach(
  servers: readonly string[],
  work: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  for (const server of servers) await asAdministrator(server, work);
}

/** Mocha calls this once, before all tests: its workers, if it starts some, share the PostgreSQL of this process. */
export async function mochaGlobalSetup(this: Runner & { isParallelMode(): boolean }): Promise<void> {
  if (!this.isParallelMode()) return;
  const { server } = await (starting ??= start());
  const inherited = {
    MINIKOM_TEST_POSTGRES: server.connectionString,
    MINIKOM_TEST_CLUSTER: await newCluster(),
  };
  // eslint-disable-next-line no-restricted-properties -- as above
  Object.assign(process.env, inherited);
}

/** Mocha calls this once, after all tests: the shared PostgreSQL stops and its folder goes. */
export async function mochaGlobalTeardown(): Promise<void> {
  if (starting !== undefined) {
    const { server, folder } = await starting;
    await server.stop();
    await rm(folder, { recursive: true });
  }
  await discardNewCluster();
}

async function start(): Promise<OwnPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'minikom-tests-'));
  await copyNewCluster(folder);
  const logger = createLogger('silent');
  const server = await startEmbeddedPostgres({ dataDir: folder, logger, settings });
  const { connectionString } = server;
  await asAdministrator(connectionString, (client) => client.query(`create database ${TEMPLATE}`));
  await migrate(urlOf(connectionString, TEMPLATE), CONNECT_TIMEOUT_MS, logger);
  return { folder, server };
}

async function asAdministrator(
  connectionString: string,
  work: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  const client = new pg.Client({ connectionString });
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
      `select application_name, query
       from pg_stat_activity
       where datname = $1 and backend_type = 'client backend' and application_name not like 'citus_internal%'`,
      [name],
    );
    if (rows.length === 0) break;
    if (performance.now() > deadlineMs) {
      await dropByForce(client, name);
      throw new Error(`connections were leaked: ${JSON.stringify(rows)}`);
    }
    await delay(EACH_MS);
  }
  await dropByForce(client, name);
}

/** A cluster has processes of its own in it, which come from the other servers, too, until it is gone from all of them. */
async function dropByForce(client: pg.Client, name: string): Promise<void> {
  const deadlineMs = performance.now() + DROP_TIMEOUT_MS;
  for (;;) {
    try {
      await client.query(`drop database ${name} with (force)`);
      return;
    } catch (error) {
      const isUsed = error instanceof pg.DatabaseError && error.code === OBJECT_IN_USE;
      if (!isUsed || performance.now() > deadlineMs) throw error;
      await delay(EACH_MS);
    }
  }
}

/** The URL of another database of the same server. */
function urlOf(connectionString: string, database: string): string {
  const url = new URL(connectionString);
  url.pathname = `/${database}`;
  return url.href;
}

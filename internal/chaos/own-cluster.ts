import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

import pg from 'pg';

import { readPostmasterFile } from '../database/embedded/postmaster-file.ts';
import { programEnvironment } from '../database/embedded/run-program.ts';
import { signal } from './own-postgres.ts';

/** A server of the cluster, on this machine. */
interface Server {
  /** Of an administrator's database. */
  readonly url: string;
  /** Its data folder, and who owns that. */
  readonly folder: string;
  readonly owner: { readonly uid: number; readonly gid: number };
  /** Where its programs lie. */
  readonly programs: string;
}

const CONNECT_TIMEOUT_MS = 2000;
const QUERY_TIMEOUT_MS = 20_000;
const EACH_MS = 50;
const START_WITHIN_MS = 60_000;
const DROP_WITHIN_MS = 20_000;
// Few shards are made quickly; each node has several of each table.
const SHARDS = 8;

/** A database of its own on a Citus cluster that runs already on this machine, whose servers are there to be broken. */
export class OwnCluster {
  readonly connectionString: string;
  readonly #coordinator: Server;
  readonly #nodes: readonly Server[];
  readonly #name: string;

  private constructor(coordinator: Server, nodes: readonly Server[], name: string) {
    this.#coordinator = coordinator;
    this.#nodes = nodes;
    this.#name = name;
    this.connectionString = databaseOf(coordinator.url, name);
  }

  /** `urls`: of a superuser, first of the coordinator, then of each node. */
  static async open(urls: readonly string[]): Promise<OwnCluster> {
    const [coordinator, ...nodes] = await Promise.all(urls.map(serverAt));
    if (coordinator === undefined || nodes.length === 0) throw new Error('a cluster has nodes');
    const cluster = new OwnCluster(coordinator, nodes, `chaos_${process.pid}`);
    try {
      await cluster.#create();
      return cluster;
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  get nodes(): number {
    return this.#nodes.length;
  }

  /** The process ids of the service's backends on the coordinator. */
  async backends(): Promise<number[]> {
    const rows = await ask<{ pid: number }>(
      this.#coordinator.url,
      `select pid from pg_stat_activity where application_name like 'minikom%' and datname = '${this.#name}'`,
    );
    return rows.map(({ pid }) => pid);
  }

  /** Kills (SIGKILL) the postmaster of a node, by its number from 0 on, or of the coordinator, and starts it after so long. */
  async kill(which: number | 'coordinator', awayMs: number): Promise<void> {
    const server = which === 'coordinator' ? this.#coordinator : this.#nodes[which];
    if (server === undefined) throw new Error(`there is no node ${which}`);
    const file = await readPostmasterFile(server.folder);
    if (file === undefined) throw new Error(`${server.url} does not run`);
    signal(file.pid, 'SIGKILL');
    while (signal(file.pid, 'SIGCONT')) await pause(EACH_MS);
    await pause(awayMs);
    await startAgain(server);
  }

  /** Removes the database; the servers go on. */
  async close(): Promise<void> {
    for (const { url } of [this.#coordinator, ...this.#nodes]) await dropFrom(url, this.#name);
  }

  async #create(): Promise<void> {
    const servers = [this.#coordinator, ...this.#nodes];
    for (const { url } of servers) {
      // It would make one on each node as well.
      const create = `create database ${this.#name}`;
      await ask(url, 'set citus.enable_create_database_propagation = off', create);
      await ask(databaseOf(url, this.#name), 'create extension citus');
    }
    await ask(
      this.connectionString,
      `alter database ${this.#name} set citus.shard_count = ${SHARDS}`,
      `select citus_set_coordinator_host(${addressOf(this.#coordinator.url)})`,
      ...this.#nodes.map(({ url }) => `select citus_add_node(${addressOf(url)})`),
    );
  }
}

/** Runs statements on a connection of their own; resolves to the rows of the last one. */
async function ask<Row extends pg.QueryResultRow>(
  connectionString: string,
  ...statements: readonly string[]
): Promise<Row[]> {
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    application_name: 'chaos',
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    let rows: Row[] = [];
    for (const statement of statements) ({ rows } = await client.query<Row>(statement));
    return rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function serverAt(url: string): Promise<Server> {
  const [facts] = await ask<{ folder: string; programs: string }>(
    url,
    `select current_setting('data_directory') as folder,
       (select setting from pg_config where name = 'BINDIR') as programs`,
  );
  if (facts === undefined) throw new Error(`${url} tells nothing of itself`);
  const { uid, gid } = await stat(facts.folder);
  return { url, owner: { uid, gid }, ...facts };
}

/** Started by hand, as nobody watches over it. What is left of the killed one may hold its memory for a moment. */
async function startAgain({ url, folder, owner, programs }: Server): Promise<void> {
  const endMs = performance.now() + START_WITHIN_MS;
  const account = process.geteuid?.() === 0 ? owner : {};
  const args = ['-D', folder, '-l', `${folder}.log`, '-w', 'start'];
  for (;;) {
    try {
      await promisify(execFile)(join(programs, 'pg_ctl'), args, {
        ...account,
        cwd: folder,
        // Nothing of whoever runs this, such as the home folder, where it would look for certificates.
        env: programEnvironment,
      });
      await ask(url, 'select 1');
      return;
    } catch (error) {
      if (performance.now() > endMs) throw error;
      await pause(EACH_MS);
    }
  }
}

/** A cluster has processes of its own in a database, which come back until it is gone. */
async function dropFrom(url: string, name: string): Promise<void> {
  const endMs = performance.now() + DROP_WITHIN_MS;
  for (;;) {
    try {
      await ask(url, `drop database if exists ${name} with (force)`);
      return;
    } catch (error) {
      if (performance.now() > endMs) throw error;
      await pause(EACH_MS);
    }
  }
}

function databaseOf(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
}

function addressOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `'${hostname}', ${port === '' ? '5432' : port}`;
}

import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import pg from 'pg';

import { startEmbeddedPostgres, type EmbeddedPostgres } from '../database/embedded/index.ts';
import { readPostmasterFile } from '../database/embedded/postmaster-file.ts';
import { createLogger } from '../telemetry/logger.ts';

export interface PostgresOptions {
  readonly settings?: Readonly<Record<string, string>>;
  /** The size of the disk that it gets for itself, which needs root; without, it shares that of temporary files. */
  readonly diskMebibytes?: number;
}

const QUERY_TIMEOUT_MS = 20_000;
const CONNECT_TIMEOUT_MS = 2000;

/** A PostgreSQL that is there to be broken: in a temporary folder, started again whenever it dies. */
export class OwnPostgres {
  readonly connectionString: string;
  /** Where its cluster lies. */
  readonly dataDir: string;
  readonly #server: EmbeddedPostgres;
  readonly #root: string;
  readonly #hasDisk: boolean;

  private constructor(server: EmbeddedPostgres, root: string, dataDir: string, hasDisk: boolean) {
    this.#server = server;
    this.connectionString = server.connectionString;
    this.#root = root;
    this.dataDir = dataDir;
    this.#hasDisk = hasDisk;
  }

  static async start({ settings = {}, diskMebibytes }: PostgresOptions = {}): Promise<OwnPostgres> {
    const root = await mkdtemp(join(tmpdir(), 'minikom-chaos-'));
    const dataDir = join(root, 'data');
    await mkdir(dataDir, { mode: 0o700 });
    if (diskMebibytes !== undefined) {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskMebibytes}m,mode=0700`, 'tmpfs', dataDir]);
      await chmod(dataDir, 0o700);
    }
    try {
      const server = await startEmbeddedPostgres({ dataDir, logger: createLogger('silent'), settings });
      return new OwnPostgres(server, root, dataDir, diskMebibytes !== undefined);
    } catch (error) {
      await removeAll(root, dataDir, diskMebibytes !== undefined);
      throw error;
    }
  }

  /** Runs one statement on a connection of its own. */
  async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    const client = await this.connect();
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  async connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.connectionString,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      application_name: 'chaos',
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** Resolves once it answers. */
  async untilBack(): Promise<void> {
    for (;;) {
      try {
        await this.query('select 1');
        return;
      } catch {
        await pause(10);
      }
    }
  }

  /** The process ids of the backends whose application is called like that. */
  async backends(like = 'minikom%'): Promise<number[]> {
    const rows = await this.query<{ pid: number }>(
      'select pid from pg_stat_activity where application_name like $1 and application_name <> $2',
      [like, 'minikom supervisor'],
    );
    return rows.map(({ pid }) => pid);
  }

  /** All its processes, the postmaster first. */
  async processes(): Promise<number[]> {
    const rows = await this.query<{ pid: number }>(
      'select pid from pg_stat_activity where pid <> pg_backend_pid()',
    );
    return [await this.postmaster(), ...rows.map(({ pid }) => pid)];
  }

  /** The process id of its postmaster. */
  async postmaster(): Promise<number> {
    const file = await readPostmasterFile(join(this.dataDir, 'postgres'));
    if (file === undefined) throw new Error('PostgreSQL does not run');
    return file.pid;
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    await removeAll(this.#root, this.dataDir, this.#hasDisk);
  }
}

async function removeAll(root: string, dataDir: string, hasDisk: boolean): Promise<void> {
  if (hasDisk) execFileSync('umount', [dataDir]);
  await rm(root, { recursive: true, force: true });
}

/** Stops processes for a while, as a debugger or a machine that is out of memory does. */
export async function freeze(pids: readonly number[], meanwhile: () => Promise<void>): Promise<void> {
  const frozen = pids.filter((pid) => signal(pid, 'SIGSTOP'));
  try {
    await meanwhile();
  } finally {
    for (const pid of frozen.reverse()) signal(pid, 'SIGCONT');
  }
}

/** False if there is no such process any more. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

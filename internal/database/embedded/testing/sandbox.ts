import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { pino } from 'pino';
import { z } from 'zod';
import { copyNewCluster } from '../../../testing/new-cluster.ts';
import type { Account } from '../account.ts';
import { openDataFolder } from '../data-folder.ts';
import { isRunning, readPostmasterFile, type PostmasterFile } from '../postmaster-file.ts';
import {
  startEmbeddedPostgres,
  type EmbeddedOptions,
  type EmbeddedPostgres,
  type Surroundings,
} from '../start.ts';
import { stopPostmaster } from '../stop-postmaster.ts';

const answer = z.object({
  connectionString: z.string().optional(),
  code: z.string().optional(),
  message: z.string().optional(),
});

/** A service in a process of its own, and what it said of its start. */
export interface ServiceProcess {
  readonly child: ChildProcess;
  readonly answer: z.output<typeof answer>;
}

/** A data folder of its own for one test; `clean` ends whatever was started on it, by pid, and removes it. */
export class Sandbox {
  readonly dataDir: string;
  readonly logged: string[] = [];
  readonly logger = pino({ level: 'debug' }, { write: (line: string) => void this.logged.push(line) });
  readonly #root: string;
  readonly #started: EmbeddedPostgres[] = [];
  readonly #children: ChildProcess[] = [];

  private constructor(root: string) {
    this.#root = root;
    this.dataDir = join(root, 'data');
  }

  /** Below a folder that, as mktemp makes it, only we may enter. There is no cluster in it yet. */
  static async create(): Promise<Sandbox> {
    return new Sandbox(await mkdtemp(join(tmpdir(), 'minikom-embedded-')));
  }

  /** With a cluster that was made before, for tests that are not about that. */
  static async withCluster(): Promise<Sandbox> {
    const sandbox = await Sandbox.create();
    await copyNewCluster(sandbox.dataDir);
    return sandbox;
  }

  get cluster(): string {
    return join(this.dataDir, 'postgres');
  }

  async start(
    options: Partial<EmbeddedOptions> = {},
    around: Partial<Surroundings> = {},
  ): Promise<EmbeddedPostgres> {
    const started = await startEmbeddedPostgres(
      { dataDir: this.dataDir, logger: this.logger, ...options },
      around,
    );
    this.#started.push(started);
    return started;
  }

  /**
   * Starts a service in its own process, as `account` if given, from a copy of the compiled files if given, and waits
   * for what it says.
   */
  async startProcess(account?: Account, compiled?: string): Promise<ServiceProcess> {
    const program =
      compiled === undefined
        ? fileURLToPath(new URL('service.js', import.meta.url))
        : join(compiled, 'internal/database/embedded/testing/service.js');
    const child = spawn(process.execPath, [program, this.dataDir], {
      stdio: ['pipe', 'pipe', 'inherit'],
      ...account,
    });
    this.#children.push(child);
    const lines = createInterface(child.stdout);
    const ended = once(child, 'exit').then(() => {
      throw new Error('The service ended without a word.');
    });
    const [line] = z.tuple([z.string()]).parse(await Promise.race([once(lines, 'line'), ended]));
    return { child, answer: answer.parse(JSON.parse(line)) };
  }

  /** The postmaster that serves the folder now. */
  async postmaster(): Promise<PostmasterFile> {
    const file = await readPostmasterFile(this.cluster);
    if (file === undefined) throw new Error('No postmaster.');
    return file;
  }

  async isServed(): Promise<boolean> {
    const file = await readPostmasterFile(this.cluster);
    return file !== undefined && (await isRunning(file, this.cluster));
  }

  messages(): string[] {
    return this.logged.map((line) => z.object({ msg: z.string() }).parse(JSON.parse(line)).msg);
  }

  async clean(): Promise<void> {
    for (const child of this.#children) await killNow(child);
    for (const started of this.#started) await started.stop();
    const file = await readPostmasterFile(this.cluster);
    const { cluster } = await openDataFolder(this.dataDir);
    if (file !== undefined) await stopPostmaster(file, cluster, 2000, this.logger);
    await rm(this.#root, { recursive: true, force: true });
  }
}

/** kill -9, and wait for the end. */
export async function killNow(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** kill -9 of a service and of what would end its PostgreSQL after it. */
export async function killWithGuard(child: ChildProcess): Promise<void> {
  for (const entry of await readdir('/proc')) {
    const status = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    const [, parent] = status.slice(status.lastIndexOf(')') + 2).split(' ');
    if (/^\d+$/.test(entry) && parent === String(child.pid) && status.includes('(sh)')) {
      process.kill(Number(entry), 'SIGKILL');
    }
  }
  await killNow(child);
}

/** The first column of the first row. */
export async function ask(connectionString: string | undefined, query: string): Promise<unknown> {
  const client = new pg.Client({
    ...(connectionString === undefined ? {} : { connectionString }),
    connectionTimeoutMillis: 5000,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: query, rowMode: 'array' });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

/** Waits until `condition` holds, asking often; throws after `deadlineMs`. */
export async function until(condition: () => Promise<boolean> | boolean, deadlineMs = 20_000): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`Not within ${deadlineMs} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

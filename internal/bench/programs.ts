import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import pg from 'pg';

/** A server under measurement, in a process of its own. */
export interface Child {
  readonly url: string;
  readonly pid: number;
  /** The next line of its output that is wanted. */
  nextLine(isWanted: (line: string) => boolean): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a program and waits for the line of its output from which `urlOf` reads where it listens. */
export async function startChild(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  urlOf: (line: string) => string | undefined,
): Promise<Child> {
  const child = spawn(program, args, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const nextLine = (isWanted: (line: string) => boolean) =>
    new Promise<string>((resolve, reject) => {
      const look = (line: string) => {
        if (!isWanted(line)) return;
        lines.off('line', look);
        resolve(line);
      };
      lines.on('line', look);
      child.once('exit', () => reject(new Error(`${program} ended too early`)));
    });
  const line = await nextLine((text) => urlOf(text) !== undefined);
  return { url: urlOf(line) ?? '', pid: child.pid ?? 0, nextLine, stop: () => stopChild(child) };
}

/** Ends a process that we started, and waits for it. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** The service under measurement, as shipped, with an embedded PostgreSQL in a temporary folder. */
export interface Minikom extends Child {
  readonly dataDir: string;
}

/** Runs `measure` against a fresh service, and removes all of it afterwards. */
export function withMinikom<T>(
  measure: (minikom: Minikom) => Promise<T>,
  environment: Readonly<Record<string, string>> = {},
): Promise<T> {
  return withFolder(async (dataDir) => {
    const child = await startMinikom(dataDir, environment);
    try {
      return await measure({ ...child, dataDir });
    } finally {
      await child.stop();
    }
  });
}

/** Runs `work` with a temporary folder, and removes that afterwards. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'minikom-bench-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Starts the service on that folder and waits until it is ready. */
export function startMinikom(
  dataDir: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Child> {
  return startChild(
    process.execPath,
    [new URL('../../cmd/minikom/main.js', import.meta.url).pathname],
    { DATA_DIR: dataDir, PORT: '0', ...environment },
    (line) => {
      if (!line.startsWith('{')) return undefined;
      const { msg, services } = JSON.parse(line) as Record<string, unknown>;
      const isReady = msg === 'minikom is ready' && typeof services === 'string';
      return isReady ? services.replace(/\/services$/, '').replace('localhost', '127.0.0.1') : undefined;
    },
  );
}

const PORT_LINE = 3;

/** Connects to the embedded PostgreSQL of a service's data folder. */
export async function connectTo(dataDir: string): Promise<pg.Client> {
  const password = (await readFile(join(dataDir, 'postgres-password'), 'utf8')).trim();
  const pidFile = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8');
  const port = Number(pidFile.split('\n')[PORT_LINE]);
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'minikom', database: 'minikom', password });
  await client.connect();
  return client;
}

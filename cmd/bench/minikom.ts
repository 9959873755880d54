import { mkdtemp, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startChild, type Child } from './child.ts';

/** The service under measurement, as shipped, with an embedded PostgreSQL in a temporary folder. */
export interface Minikom extends Child {
  readonly dataDir: string;
}

/** Runs `measure` against a fresh service, and removes all of it afterwards. */
export async function withMinikom<T>(
  measure: (minikom: Minikom) => Promise<T>,
  environment: Readonly<Record<string, string>> = {},
): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'minikom-bench-'));
  try {
    const child = await startMinikom(dataDir, environment);
    try {
      return await measure({ ...child, dataDir });
    } finally {
      await child.stop();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Starts the service on that folder and waits until it is ready. */
export function startMinikom(
  dataDir: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Child> {
  return startChild(
    process.execPath,
    [new URL('../minikom/main.js', import.meta.url).pathname],
    { DATA_DIR: dataDir, PORT: '0', ...environment },
    (line) => {
      if (!line.startsWith('{')) return undefined;
      const { msg, services } = JSON.parse(line) as Record<string, unknown>;
      const isReady = msg === 'minikom is ready' && typeof services === 'string';
      return isReady ? services.replace(/\/services$/, '').replace('localhost', '127.0.0.1') : undefined;
    },
  );
}

/** Resident memory of a process in MiB: now, and the most it ever was. */
export function residentMemory(pid: number): { now: number; most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mebibytes = (field: string) => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
  return { now: mebibytes('VmRSS'), most: mebibytes('VmHWM') };
}

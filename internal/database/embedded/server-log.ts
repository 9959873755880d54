import { open, stat, truncate, type FileHandle } from 'node:fs/promises';
import { orElse } from './embedded-error.ts';

const truncateAboveBytes = 10_000_000;
const tailBytes = 16_384;

/**
 * PostgreSQL's messages go to a file and not through a pipe to us: it outlives us when we are killed, and a pipe
 * that nobody reads would break it. Appends, so that truncating is safe while it writes.
 */
export async function openServerLog(file: string): Promise<FileHandle> {
  return open(file, 'a', 0o600);
}

/** Its size in bytes, which is where the next message begins. */
export async function serverLogEnd(file: string): Promise<number> {
  return (await orElse(stat(file), undefined, 'ENOENT'))?.size ?? 0;
}

/** Empties the log if it has grown beyond 10 MB; called at each start of the service. */
export async function trimServerLog(file: string): Promise<void> {
  if ((await serverLogEnd(file)) > truncateAboveBytes) await truncate(file);
}

/** What was logged from byte `from` on, at most the last 16 kB of it. */
export async function readServerLog(file: string, from: number): Promise<string> {
  const end = await serverLogEnd(file);
  const start = Math.max(from, end - tailBytes);
  if (start >= end) return '';
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - start), 0, end - start, start);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The last lines of a log, for an error's message. */
export function lastLines(log: string, count = 15): string {
  return log.trimEnd().split('\n').slice(-count).join('\n');
}

/** Why a postmaster ended instead of starting, and so whether another try makes sense. */
export type StartFailure = 'port-taken' | 'already-running' | 'memory-in-use' | 'broken';

/**
 * Reads the reason from the log of one try. `memory-in-use`: backends of a killed postmaster are still there, they
 * leave by themselves. `already-running`: another postmaster took the cluster's lock file first.
 */
export function classifyStartFailure(log: string): StartFailure {
  if (/could not bind .*Address already in use/.test(log)) return 'port-taken';
  if (/lock file "postmaster\.pid" (already exists|is empty)/.test(log)) return 'already-running';
  if (/pre-existing shared memory block .*still in use/.test(log)) return 'memory-in-use';
  return 'broken';
}

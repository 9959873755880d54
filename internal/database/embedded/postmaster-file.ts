import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { orElse } from './embedded-error.ts';
import { inspectProcess, servesCluster } from './process-identity.ts';

/** What PostgreSQL writes into postmaster.pid, the lock file of its data folder. */
export interface PostmasterFile {
  readonly pid: number;
  readonly dataFolder: string;
  readonly port: number;
  readonly isReady: boolean;
}

/** Reads the lock file's lines; undefined if they are not (yet) all there. */
export function parsePostmasterFile(text: string): PostmasterFile | undefined {
  const [pid = '', dataFolder = '', , port = '', , , , status = ''] = text.split('\n');
  if (!/^[1-9]\d*$/.test(pid) || !/^[1-9]\d*$/.test(port)) return undefined;
  return { pid: Number(pid), dataFolder, port: Number(port), isReady: status.trim() === 'ready' };
}

/** Reads `cluster`'s lock file; undefined if there is none or it is not complete. */
export async function readPostmasterFile(cluster: string): Promise<PostmasterFile | undefined> {
  const text = await readLockFile(cluster);
  return text === undefined ? undefined : parsePostmasterFile(text);
}

/** A postmaster that was seen to serve our cluster. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

/** Whether it still runs. Asked before each signal, so that a number that was given away is never hit. */
export async function isRunning(postmaster: Postmaster, cluster: string): Promise<boolean> {
  return servesCluster(await inspectProcess(postmaster.pid, cluster), cluster);
}

// PostgreSQL creates the file and fills it in two steps; after a power failure it may stay empty for ever.
const incompleteForMs = 2000;

/**
 * The postmaster that serves `cluster` now, or undefined if one can be started. A lock file whose process is gone
 * is left to PostgreSQL, which looks for left-over backends before it takes it over. It cannot know that a live
 * process has nothing to do with it, though (its number was given away), and would refuse: such a file is removed,
 * and so is one that stays incomplete. Never anything else.
 */
export async function findPostmaster(cluster: string): Promise<Postmaster | 'starting' | undefined> {
  const text = await readLockFile(cluster);
  if (text === undefined) return undefined;
  if (text.startsWith('-')) return undefined; // Somebody's single-user mode: PostgreSQL will refuse, rightly.
  const file = parsePostmasterFile(text);
  if (file === undefined) {
    if (await isYoungerThan(lockFile(cluster), incompleteForMs)) return 'starting';
    await removeLockFile(cluster, text);
    return undefined;
  }
  const facts = await inspectProcess(file.pid, file.dataFolder);
  if (servesCluster(facts, cluster)) return { pid: file.pid, port: file.port };
  if (facts !== undefined) await removeLockFile(cluster, text);
  return undefined;
}

const lockFile = (cluster: string) => join(cluster, 'postmaster.pid');

/** Removes the lock file unless it has changed meanwhile: then it belongs to somebody who runs. */
async function removeLockFile(cluster: string, expected: string): Promise<void> {
  if ((await readLockFile(cluster)) === expected) await rm(lockFile(cluster), { force: true });
}

function readLockFile(cluster: string): Promise<string | undefined> {
  return orElse(readFile(lockFile(cluster), 'utf8'), undefined, 'ENOENT');
}

async function isYoungerThan(file: string, ageMs: number): Promise<boolean> {
  const status = await orElse(stat(file), undefined, 'ENOENT');
  return status === undefined || Math.abs(Date.now() - status.mtimeMs) < ageMs; // The clock may have been set back.
}

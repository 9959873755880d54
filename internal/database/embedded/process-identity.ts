import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { hasCode, orElse } from './embedded-error.ts';
import { clusterMark } from './settings.ts';

/** What tells one process from another that got its number later. */
export interface ProcessFacts {
  readonly name: string;
  /** Ended, but not yet collected by its parent. */
  readonly isZombie: boolean;
  /** Its working folder; undefined if we may not know it. */
  readonly workingFolder: string | undefined;
  readonly arguments: readonly string[];
}

/**
 * Whether this is a postmaster of `cluster`. PostgreSQL stays in its data folder, so the working folder is the
 * proof. Root without the right to trace (the default in a container) may not read that of another user; then the
 * mark that we put among the arguments must do.
 */
export function servesCluster(facts: ProcessFacts | undefined, cluster: string): boolean {
  if (facts === undefined || facts.isZombie || facts.name !== 'postgres') return false;
  if (facts.workingFolder !== undefined) return facts.workingFolder === cluster;
  return facts.arguments.includes(clusterMark + cluster);
}

/**
 * Looks at a process; undefined if there is none. Systems without /proc do not tell the working folder: there
 * `claimedFolder`, what the lock file says, is taken for it, and only the program's name is checked.
 */
export async function inspectProcess(pid: number, claimedFolder: string): Promise<ProcessFacts | undefined> {
  if (process.platform !== 'linux') return inspectWithPs(pid, claimedFolder);
  try {
    const status = await readFile(`/proc/${pid}/stat`, 'utf8');
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    const [, name = '', state = ''] = /^\d+ \((.*)\) (\S)/s.exec(status) ?? [];
    return {
      name,
      isZombie: state === 'Z' || state === 'X',
      workingFolder: await orElse(
        readlink(`/proc/${pid}/cwd`),
        undefined,
        'EACCES',
        'EPERM',
        'ENOENT',
        'ESRCH',
      ),
      arguments: commandLine.split('\0'),
    };
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}

const execute = promisify(execFile);

async function inspectWithPs(pid: number, claimedFolder: string): Promise<ProcessFacts | undefined> {
  try {
    const { stdout } = await execute('/bin/ps', ['-o', 'state=,comm=', '-p', String(pid)]);
    const [, state = '', command = ''] = /^\s*(\S+)\s+(.*?)\s*$/s.exec(stdout) ?? [];
    const name = basename(command);
    return { name, isZombie: state.startsWith('Z'), workingFolder: claimedFolder, arguments: [] };
  } catch {
    return undefined; // ps exits with 1 if there is no such process.
  }
}

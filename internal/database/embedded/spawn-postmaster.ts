import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from './account.ts';
import { pathSeenBy } from './cluster.ts';
import type { DataFolder } from './data-folder.ts';
import { guardPostmaster, type Guard } from './guard.ts';
import { readPostmasterFile, type Postmaster } from './postmaster-file.ts';
import { programEnvironment } from './run-program.ts';
import { openServerLog, readServerLog, serverLogEnd } from './server-log.ts';
import { postgresArguments } from './settings.ts';

/** How to start a postmaster on a cluster. */
export interface ServerPlan {
  readonly folder: DataFolder;
  /** Path of the program `postgres`. */
  readonly program: string;
  readonly account: Account | undefined;
  readonly settings: Readonly<Record<string, string>>;
}

/** A postmaster that we started, or what it logged before it ended instead. */
export type Spawned =
  { readonly postmaster: Postmaster; readonly guard: Guard } | { readonly failureLog: string };

const pollIntervalMs = 10;

/**
 * Starts a postmaster and waits until it takes connections or has ended. Calls `onSpawned` once it has a pid, so
 * that the caller can end it if `signal` makes this reject.
 *
 * It leads a session of its own: Ctrl-C at the terminal must reach us only, since the last batches still need it.
 */
export async function spawnPostmaster(
  plan: ServerPlan,
  port: number,
  signal: AbortSignal,
  onSpawned: (postmaster: Postmaster) => void,
): Promise<Spawned> {
  const { folder, account, settings } = plan;
  const logStart = await serverLogEnd(folder.logFile);
  const log = await openServerLog(folder.logFile);
  const seenCluster = pathSeenBy(account, folder.cluster);
  const args = postgresArguments({ seenCluster, cluster: folder.cluster, port, settings });
  const child = spawn(plan.program, args, {
    cwd: folder.cluster,
    env: programEnvironment,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    ...account,
  });
  // Before anything is awaited: a failed spawn emits 'error' at once, and unheard it would end the process.
  const end = watchEnd(child);
  child.unref();
  await log.close();
  const postmaster = child.pid === undefined ? undefined : { pid: child.pid, port };
  // From now on: recovery after a crash may take its time. If this rejects, the guard is left with nothing to do.
  const guard = postmaster && guardPostmaster(postmaster, folder.cluster);
  if (postmaster !== undefined) onSpawned(postmaster);
  for (;;) {
    if (end.error !== undefined) throw end.error;
    if (end.hasEnded) {
      guard?.dismiss();
      return { failureLog: await readServerLog(folder.logFile, logStart) };
    }
    const file = await readPostmasterFile(folder.cluster);
    if (postmaster && guard && file?.isReady === true && file.pid === postmaster.pid) {
      return { postmaster, guard };
    }
    await sleep(pollIntervalMs, undefined, { signal });
  }
}

function watchEnd(child: ChildProcess): { hasEnded: boolean; error: Error | undefined } {
  const end: { hasEnded: boolean; error: Error | undefined } = { hasEnded: false, error: undefined };
  child.once('exit', () => (end.hasEnded = true));
  child.on('error', (error) => (end.error = error));
  return end;
}

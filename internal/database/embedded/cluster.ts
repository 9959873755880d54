import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { giveTo, type Account } from './account.ts';
import { syncFolder, type DataFolder } from './data-folder.ts';
import { EmbeddedPostgresError, hasCode, orElse } from './embedded-error.ts';
import { hasCluster } from './password.ts';
import { runProgram } from './run-program.ts';

/** The superuser, and the database, of the embedded PostgreSQL. */
export const clusterUser = 'minikom';

const initdbTimeoutMs = 60_000;

/**
 * How a program under `account` is told of a folder: by path, or, for another user than ours, as its working
 * folder. That user may not be allowed through the folders above (mode 0700), but the working folder is entered
 * before the user is changed, and the kernel's link to it does not look at the way there. Linux only, as root is
 * elsewhere expected to choose a folder that can be reached.
 */
export function pathSeenBy(account: Account | undefined, folder: string): string {
  return account !== undefined && process.platform === 'linux' ? '/proc/self/cwd' : folder;
}

/**
 * Makes the cluster if there is none, and sees to its owner. initdb works in a folder of its own which is renamed
 * when it is whole, so that being killed in the middle never leaves half a cluster.
 */
export async function ensureCluster(
  folder: DataFolder,
  initdb: string,
  account: Account | undefined,
  password: string,
): Promise<void> {
  await discardUnfinished(folder);
  if (!(await hasCluster(folder))) await createCluster(folder, initdb, account, password);
  if (account === undefined) return;
  const { uid } = await stat(folder.cluster);
  if (uid !== account.uid) await giveTo(account, folder.cluster);
}

async function createCluster(
  folder: DataFolder,
  initdb: string,
  account: Account | undefined,
  password: string,
): Promise<void> {
  const workshop = await mkdtemp(`${folder.cluster}.initializing-${process.pid}-`);
  try {
    const data = join(workshop, 'data');
    await mkdir(data, { mode: 0o700 });
    await writeFile(join(workshop, 'password'), password, { mode: 0o600 });
    if (account !== undefined) await giveTo(account, workshop);
    const args = [
      ...['--pgdata', pathSeenBy(account, data), '--pwfile', '../password', '--username', clusterUser],
      ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C', '--no-instructions'],
    ];
    await runProgram(initdb, args, { account, cwd: data, timeoutMs: initdbTimeoutMs });
    await rename(data, folder.cluster);
    await syncFolder(folder.root);
  } catch (cause) {
    // Another service that started at the same time may have been first; the lock decides between the two.
    if (await hasCluster(folder)) return;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EmbeddedPostgresError(
      'start-failed',
      `No cluster could be made in ${folder.cluster}: ${reason}`,
      {
        cause,
      },
    );
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

/**
 * Removes what a killed initdb left behind; it has never held data. What belongs to a service that is starting just now
 * is left alone: its process is in the name. Renamed first, for services that do not see each other's processes: such a
 * one finds its folder gone instead of putting a half-deleted one in place.
 */
async function discardUnfinished(folder: DataFolder): Promise<void> {
  const prefix = `${basename(folder.cluster)}.initializing`;
  for (const name of await readdir(folder.root)) {
    if (!name.startsWith(prefix) || isBeingMade(name.slice(prefix.length))) continue;
    const unfinished = join(folder.root, name);
    const discarded = join(folder.root, name.replace(prefix, `${basename(folder.cluster)}.discarded`));
    await orElse(rename(unfinished, discarded), undefined, 'ENOENT');
  }
  for (const name of await readdir(folder.root)) {
    if (!name.startsWith(`${basename(folder.cluster)}.discarded`)) continue;
    await rm(join(folder.root, name), { recursive: true, force: true });
  }
}

function isBeingMade(nameAfterPrefix: string): boolean {
  const pid = Number(/^-(\d+)-/.exec(nameAfterPrefix)?.[1]);
  if (Number.isNaN(pid) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !hasCode(error, 'ESRCH');
  }
}

import { lchown, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedPostgresError, orElse } from './embedded-error.ts';

/** The user that PostgreSQL runs as when it is not the one that we are. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The account for PostgreSQL, or undefined for our own. PostgreSQL refuses to run as root, so root needs another:
 * whoever owns the cluster already, else the system user `postgres`, else `nobody`. No user is ever created.
 */
export async function accountFor(cluster: string): Promise<Account | undefined> {
  if (process.geteuid?.() !== 0) return undefined;
  const owner = await orElse(stat(cluster), undefined, 'ENOENT');
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const account = findSystemAccount(await readFile('/etc/passwd', 'utf8'));
  if (account !== undefined) return account;
  throw new EmbeddedPostgresError(
    'no-account',
    'PostgreSQL does not run as root, and /etc/passwd has neither the user postgres nor nobody. ' +
      'Start the service as another user, or set DATABASE_URL.',
  );
}

/** `postgres`, else `nobody`, from the text of /etc/passwd. */
export function findSystemAccount(passwd: string): Account | undefined {
  const accounts = new Map<string, Account>();
  for (const line of passwd.split('\n')) {
    const [name = '', , uid = '', gid = ''] = line.split(':');
    if (/^[1-9]\d*$/.test(uid) && /^\d+$/.test(gid))
      accounts.set(name, { uid: Number(uid), gid: Number(gid) });
  }
  return accounts.get('postgres') ?? accounts.get('nobody');
}

/** Gives a folder to `account`, itself last: one that was interrupted half-way still shows its old owner. */
export async function giveTo(account: Account, folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await giveTo(account, path);
    else await lchown(path, account.uid, account.gid);
  }
  await lchown(folder, account.uid, account.gid);
}

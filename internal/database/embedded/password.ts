import { randomBytes } from 'node:crypto';
import { link, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder, type DataFolder } from './data-folder.ts';
import { EmbeddedPostgresError, orElse } from './embedded-error.ts';

/**
 * The superuser's password: 32 random bytes in hex, made once, readable by us only. It is written aside and linked
 * into place, so that neither a crash nor a second service starting can leave or see half of one.
 */
export async function readOrCreatePassword(folder: DataFolder): Promise<string> {
  const existing = await readPassword(folder);
  if (existing !== undefined) return existing;
  if (await hasCluster(folder)) {
    throw new EmbeddedPostgresError(
      'start-failed',
      `${folder.passwordFile} is missing, but ${folder.cluster} was made with its password: restore the file.`,
    );
  }
  const draft = `${folder.passwordFile}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx', flush: true });
  try {
    await orElse(link(draft, folder.passwordFile), undefined, 'EEXIST');
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(folder.root);
  return readOrCreatePassword(folder);
}

/** Whether PGDATA holds a cluster; it only ever appears whole. */
export async function hasCluster(folder: DataFolder): Promise<boolean> {
  return (await orElse(stat(join(folder.cluster, 'PG_VERSION')), undefined, 'ENOENT')) !== undefined;
}

async function readPassword(folder: DataFolder): Promise<string | undefined> {
  const password = (await orElse(readFile(folder.passwordFile, 'utf8'), undefined, 'ENOENT'))?.trim();
  if (password !== '') return password;
  throw new EmbeddedPostgresError('start-failed', `${folder.passwordFile} is empty: restore the password.`);
}

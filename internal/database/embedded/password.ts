import { randomBytes } from 'node:crypto';
import { access, link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder, type DataFolder } from './data-folder.ts';
import { EmbeddedPostgresError, hasCode } from './embedded-error.ts';

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
    await link(draft, folder.passwordFile);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(folder.root);
  return readOrCreatePassword(folder);
}

/** Whether PGDATA holds a cluster; it only ever appears whole. */
export async function hasCluster(folder: DataFolder): Promise<boolean> {
  try {
    await access(join(folder.cluster, 'PG_VERSION'));
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

async function readPassword(folder: DataFolder): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(folder.passwordFile, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  const password = text.trim();
  if (password !== '') return password;
  throw new EmbeddedPostgresError('start-failed', `${folder.passwordFile} is empty: restore the password.`);
}

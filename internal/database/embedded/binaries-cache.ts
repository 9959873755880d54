import { randomBytes } from 'node:crypto';
import { chmod, cp, lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, orElse } from './embedded-error.ts';
import { createMissingLinks } from './library-links.ts';

/**
 * A copy of `source` that every user can read and only root can write, made once per version; returns its folder.
 * It appears under its name when it is whole, so starts that race or die leave nothing half-copied to be run.
 */
export async function copyToCache(source: string, cacheFolder: string, version: string): Promise<string> {
  await mkdir(cacheFolder, { recursive: true, mode: 0o755 });
  await expectOnlyOurs(cacheFolder);
  const copy = join(cacheFolder, `postgres-${version}`);
  if ((await orElse(lstat(copy), undefined, 'ENOENT')) !== undefined) return copy;

  const draft = `${copy}.copying-${randomBytes(4).toString('hex')}`;
  try {
    await cp(source, draft, { recursive: true, verbatimSymlinks: true });
    await createMissingLinks(draft);
    await makeReadable(draft);
    await rename(draft, copy);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error; // Those: another start was first.
  }
  return copy;
}

/** A folder that others may write is no place to run programs from. */
async function expectOnlyOurs(folder: string): Promise<void> {
  const { uid, mode } = await lstat(folder);
  if (uid !== process.geteuid?.() || (mode & 0o022) !== 0) {
    throw new Error(`${folder} must belong to root and be writable by root only`);
  }
}

async function makeReadable(path: string): Promise<void> {
  const status = await lstat(path);
  if (status.isSymbolicLink()) return;
  const isExecutable = status.isDirectory() || (status.mode & 0o100) !== 0;
  await chmod(path, isExecutable ? 0o755 : 0o644);
  if (!status.isDirectory()) return;
  for (const name of await readdir(path)) await makeReadable(join(path, name));
}

import { readFile, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { hasCode } from './embedded-error.ts';

const linkList = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Creates the symbolic links between shared libraries that the package's install script would have made: npm packs
 * no links, and may be told to run no scripts. What cannot be written is left alone; PostgreSQL may run without it,
 * and if it does not, the trial run says so.
 */
export async function createMissingLinks(folder: string): Promise<void> {
  const links = await readLinkList(join(folder, 'pg-symlinks.json'));
  for (const { source, target } of links) {
    // Paths in the list begin with the folder's own name, "native".
    const path = join(folder, ...target.split('/').slice(1));
    try {
      await symlink(basename(source), path);
    } catch (error) {
      if (!hasCode(error, 'EEXIST', 'EACCES', 'EPERM', 'EROFS', 'ENOENT')) throw error;
    }
  }
}

async function readLinkList(file: string): Promise<z.output<typeof linkList>> {
  try {
    return linkList.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

import { readFile, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { orElse } from './embedded-error.ts';

const linkList = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Creates the symbolic links between shared libraries that the package's install script would have made: npm packs
 * no links, and may be told to run no scripts. What cannot be written is left alone; PostgreSQL may run without it,
 * and if it does not, the trial run says so.
 */
export async function createMissingLinks(folder: string): Promise<void> {
  const list = await orElse(readFile(join(folder, 'pg-symlinks.json'), 'utf8'), '[]', 'ENOENT');
  for (const { source, target } of linkList.parse(JSON.parse(list))) {
    // Paths in the list begin with the folder's own name, "native".
    const path = join(folder, ...target.split('/').slice(1));
    const link = symlink(basename(source), path);
    await orElse(link, undefined, 'EEXIST', 'EACCES', 'EPERM', 'EROFS', 'ENOENT');
  }
}

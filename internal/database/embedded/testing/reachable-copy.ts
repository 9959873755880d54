import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { z } from 'zod';

const lockFile = z.object({ packages: z.record(z.string(), z.object({ dev: z.boolean().optional() })) });

// Compiled files lie in dist/internal/database/embedded/testing/.
const project = fileURLToPath(new URL('../../../../../', import.meta.url));

/**
 * Copies the compiled program and the packages that it runs with to `folder`, for an account that cannot enter the
 * folder that the project lies in. Returns where the compiled files are.
 */
export async function copyForOtherAccounts(folder: string): Promise<string> {
  const { packages } = lockFile.parse(JSON.parse(await readFile(join(project, 'package-lock.json'), 'utf8')));
  const needed = Object.entries(packages)
    .filter(([path, { dev }]) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && dev !== true)
    .map(([path]) => path)
    .filter((path) => existsSync(join(project, path)));
  await mkdir(folder);
  for (const path of ['package.json', 'dist/internal', ...needed]) {
    await cp(join(project, path), join(folder, path), { recursive: true, verbatimSymlinks: true });
  }
  await chmod(folder, 0o755);
  return join(folder, 'dist');
}

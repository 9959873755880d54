import { mkdir, open, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** Where everything of the embedded PostgreSQL stands below the service's data folder. */
export interface DataFolder {
  readonly root: string;
  /** PGDATA. Nothing here ever deletes it. */
  readonly cluster: string;
  readonly passwordFile: string;
  readonly logFile: string;
}

/** Creates the data folder if need be. Paths are canonical, so they compare with what the kernel says of a process. */
export async function openDataFolder(dataDir: string): Promise<DataFolder> {
  await mkdir(resolve(dataDir), { recursive: true, mode: 0o700 });
  const root = await realpath(dataDir);
  return {
    root,
    cluster: join(root, 'postgres'),
    passwordFile: join(root, 'postgres-password'),
    logFile: join(root, 'postgres.log'),
  };
}

/** Makes names created or renamed in `folder` survive a power failure. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

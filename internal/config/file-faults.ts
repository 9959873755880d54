import { access, constants, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { DEFAULT_DATA_DIR, variablesSet, type Environment } from './config.ts';
import { tlsFaults } from './tls-files.ts';

/**
 * What is wrong with the files and folders that the environment names, each fault naming its variable. Looked at before
 * anything is started, and makes nothing.
 */
export async function fileFaults(environment: Environment): Promise<readonly string[]> {
  const set = variablesSet(environment);
  // With a database of its own the service uses no folder.
  const folder = set.DATABASE_URL === undefined ? (set.DATA_DIR ?? DEFAULT_DATA_DIR) : undefined;
  const faults = await Promise.all([folder === undefined ? [] : dataDirFaults(folder), tlsFaults(set)]);
  return faults.flat();
}

async function dataDirFaults(dataDir: string): Promise<readonly string[]> {
  const existing = await nearestExisting(resolve(dataDir));
  const got = `(got ${JSON.stringify(dataDir)})`;
  if (!existing.isFolder) return [`DATA_DIR cannot be a folder: ${existing.path} is none ${got}`];
  return access(existing.path, constants.W_OK | constants.X_OK).then(
    () => [],
    () => [`DATA_DIR cannot be written: ${existing.path} is not ours to write ${got}`],
  );
}

/** The path itself if there is something, else the nearest above it; the root is always there. */
async function nearestExisting(path: string): Promise<{ readonly path: string; readonly isFolder: boolean }> {
  try {
    return { path, isFolder: (await stat(path)).isDirectory() };
  } catch {
    return dirname(path) === path ? { path, isFolder: true } : nearestExisting(dirname(path));
  }
}

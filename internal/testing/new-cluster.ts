import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { accountFor } from '../database/embedded/account.ts';
import { findBinaries, usableBinaries } from '../database/embedded/binaries.ts';
import { ensureCluster } from '../database/embedded/cluster.ts';
import { openDataFolder } from '../database/embedded/data-folder.ts';
import { readOrCreatePassword } from '../database/embedded/password.ts';

let making: Promise<string> | undefined;

/**
 * Makes `dataDir` a data folder with a cluster that was never started: a copy of one that is made once in a run, as
 * initdb takes two seconds of a processor.
 */
export async function copyNewCluster(dataDir: string): Promise<void> {
  const made = await newCluster();
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  // Unlike Node.js, it keeps the owners.
  await promisify(execFile)('cp', ['-a', `${made}/.`, dataDir]);
}

/** The data folder that is copied. Mocha's workers are told of it, so that only one process makes one. */
export function newCluster(): Promise<string> {
  // eslint-disable-next-line no-restricted-properties -- mocha has no other way to hand something to its workers
  const made = process.env.MINIKOM_TEST_CLUSTER;
  return made === undefined ? (making ??= make()) : Promise.resolve(made);
}

/** Removes what this process made, after all tests. */
export async function discardNewCluster(): Promise<void> {
  if (making !== undefined) await rm(await making, { recursive: true });
}

async function make(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'minikom-cluster-'));
  const folder = await openDataFolder(dataDir);
  const account = await accountFor(folder.cluster);
  const { initdb } = await usableBinaries(await findBinaries(), account);
  await ensureCluster(folder, initdb, account, await readOrCreatePassword(folder));
  return dataDir;
}

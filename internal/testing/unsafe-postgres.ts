import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';

import { accountFor } from '../database/embedded/account.ts';
import { findBinaries, usableBinaries } from '../database/embedded/binaries.ts';
import { pathSeenBy } from '../database/embedded/cluster.ts';
import { openDataFolder } from '../database/embedded/data-folder.ts';
import { startEmbeddedPostgres } from '../database/embedded/index.ts';
import { programEnvironment } from '../database/embedded/run-program.ts';
import { postgresArguments } from '../database/embedded/settings.ts';
import { createLogger } from '../telemetry/logger.ts';
import { copyNewCluster } from './new-cluster.ts';
import { until } from './until.ts';

/** A real PostgreSQL that does not care whether its data reaches the disk. */
export interface UnsafePostgres {
  readonly connectionString: string;
  stop(): Promise<void>;
}

/** Starts a cluster the usual way, and then runs it as ours refuses to: with `fsync` off. */
export async function startUnsafePostgres(): Promise<UnsafePostgres> {
  const dataDir = await mkdtemp(join(tmpdir(), 'minikom-unsafe-'));
  await copyNewCluster(dataDir);
  const safe = await startEmbeddedPostgres({ dataDir, logger: createLogger('silent') });
  const { connectionString } = safe;
  await safe.stop();

  const { cluster } = await openDataFolder(dataDir);
  const account = await accountFor(cluster);
  const { postgres } = await usableBinaries(await findBinaries(), account);
  const seenCluster = pathSeenBy(account, cluster);
  const port = Number(new URL(connectionString).port);
  // The last one counts.
  const args = [...postgresArguments({ seenCluster, cluster, port, settings: {} }), '-c', 'fsync=off'];
  const child = spawn(postgres, args, {
    cwd: cluster,
    env: programEnvironment,
    detached: true,
    stdio: 'ignore',
    ...account,
  });
  const ended = once(child, 'exit');
  await until('PostgreSQL with fsync off', () => answers(connectionString));
  return {
    connectionString,
    stop: async () => {
      child.kill('SIGINT');
      await ended;
      await rm(dataDir, { recursive: true });
    },
  };
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end();
  }
}

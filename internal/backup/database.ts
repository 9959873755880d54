import pg from 'pg';
import { pino } from 'pino';

import { clientOptions } from '../database/connection.ts';
import { clusterUser } from '../database/embedded/cluster.ts';
import { openDataFolder } from '../database/embedded/data-folder.ts';
import { startEmbeddedPostgres } from '../database/embedded/index.ts';
import { hasCluster, readOrCreatePassword } from '../database/embedded/password.ts';
import { findPostmaster } from '../database/embedded/postmaster-file.ts';

/** Where the data is: what of the service's own configuration says so. */
export interface Place {
  readonly DATABASE_URL?: string | undefined;
  readonly DATABASE_DIRECT_URL?: string | undefined;
  readonly DATA_DIR: string;
}

/**
 * Runs `work` on the service's database. An embedded PostgreSQL is used as it runs, or is run meanwhile; without data there
 * is one only if it `mayBegin`.
 */
export async function withDatabase<Result>(
  { DATABASE_URL, DATABASE_DIRECT_URL, DATA_DIR }: Place,
  mayBegin: boolean,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const url = DATABASE_DIRECT_URL ?? DATABASE_URL;
  if (url !== undefined) return withClient(url, work);
  const folder = await openDataFolder(DATA_DIR);
  if (!mayBegin && !(await hasCluster(folder))) {
    throw new Error(`There is no data in ${folder.root}: set DATA_DIR, or DATABASE_URL.`);
  }
  const running = (await hasCluster(folder)) ? await findPostmaster(folder.cluster) : undefined;
  if (running === 'starting') throw new Error('PostgreSQL is starting: try again in a moment.');
  if (running !== undefined) {
    const password = await readOrCreatePassword(folder);
    return withClient(`postgres://${clusterUser}:${password}@127.0.0.1:${running.port}/${clusterUser}`, work);
  }
  const logger = pino({ level: 'silent' });
  const embedded = await startEmbeddedPostgres({ dataDir: DATA_DIR, logger });
  try {
    return await withClient(embedded.connectionString, work);
  } finally {
    await embedded.stop();
  }
}

async function withClient<Result>(
  url: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ ...clientOptions(url), application_name: 'minikom backup' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import pg from 'pg';

const PORT_LINE = 3;

/** Connects to the embedded PostgreSQL of a service's data folder. */
export async function connectTo(dataDir: string): Promise<pg.Client> {
  const password = (await readFile(join(dataDir, 'postgres-password'), 'utf8')).trim();
  const pidFile = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8');
  const port = Number(pidFile.split('\n')[PORT_LINE]);
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'minikom', database: 'minikom', password });
  await client.connect();
  return client;
}

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';

import { accountFor, giveTo } from '../database/embedded/account.ts';
import { chooseFreePort } from '../database/embedded/free-port.ts';
import { until } from './until.ts';

/** The real PgBouncer ahead of a database. */
export interface PgBouncer {
  readonly url: string;
  /** The same by its Unix socket. */
  readonly socketUrl: string;
  /** Ends it; safe to call twice. */
  stop(): Promise<void>;
}

/** Whether the program is installed. */
export function hasPgBouncer(): boolean {
  return spawnSync('pgbouncer', ['--version']).error === undefined;
}

/** Starts it as Debian's package is set up, but for where it listens and what it leads to. */
export async function startPgBouncer(
  connectionString: string,
  poolMode: 'session' | 'transaction',
): Promise<PgBouncer> {
  const target = new URL(connectionString);
  const folder = await mkdtemp(join(tmpdir(), 'minikom-pgbouncer-'));
  await chmod(folder, 0o755);
  const port = await chooseFreePort();
  const database = target.pathname.slice(1);
  const password = target.password === '' ? '' : ` password=${decodeURIComponent(target.password)}`;
  const reached = `host=${target.hostname} port=${target.port} user=${target.username}${password}`;
  await writeFile(
    join(folder, 'pgbouncer.ini'),
    `[databases]
${database} = ${reached}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir = ${folder}
auth_type = any
pool_mode = ${poolMode}
default_pool_size = 30
`,
  );
  const account = await accountFor(folder);
  if (account !== undefined) await giveTo(account, folder);
  const child = spawn('pgbouncer', ['-q', join(folder, 'pgbouncer.ini')], { stdio: 'ignore', ...account });
  const ended = once(child, 'exit');
  const url = `postgres://anybody@127.0.0.1:${port}/${database}`;
  await until('PgBouncer', async () => {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    return client.connect().then(
      () => client.end().then(() => true),
      () => false,
    );
  });
  return {
    url,
    socketUrl: `postgres://anybody@/${database}?host=${folder}&port=${port}`,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

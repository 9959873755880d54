import { chown, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import pg from 'pg';

import { testCertificate } from '../testing/certificate.ts';
import { createLogger } from '../telemetry/logger.ts';
import { accountFor } from './embedded/account.ts';
import { chooseFreePort } from './embedded/free-port.ts';
import { Sandbox } from './embedded/testing/sandbox.ts';
import { clientOptions } from './connection.ts';
import { migrate } from './migrate.ts';
import { reasonOf } from './reason.ts';
import { isTransient } from './sqlstate.ts';

describe('a PostgreSQL that offers TLS with a certificate of a private CA', () => {
  let folder: string;
  let sandbox: Sandbox;
  let url: URL;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'minikom-tls-'));
    sandbox = await Sandbox.withCluster();
    const account = await accountFor(sandbox.cluster);
    for (const [name, text] of Object.entries(testCertificate)) {
      await writeFile(join(folder, name), text, { mode: 0o600 });
      const file = join(sandbox.cluster, `server.${name === 'cert' ? 'crt' : 'key'}`);
      await copyFile(join(folder, name), file);
      if (account !== undefined) await chown(file, account.uid, account.gid);
    }
    const { connectionString } = await sandbox.start({ settings: { ssl: 'on' } });
    url = new URL(connectionString);
    const client = new pg.Client({ connectionString });
    await client.connect();
    await client.query(`create role nobody_much login password 'x'`);
    await client.end();
  });

  after(async () => {
    await sandbox.clean();
    await rm(folder, { recursive: true });
  });

  function urlWith(
    query: string,
    change: Partial<Pick<URL, 'hostname' | 'pathname' | 'username' | 'password'>> = {},
  ): string {
    const changed = Object.assign(new URL(url.href), change);
    changed.search = query;
    return changed.href;
  }

  /** Resolves to whether the connection is encrypted, or to why there is none; that may be mended, so it is transient. */
  async function tryOut(connectionString: string): Promise<unknown> {
    const client = new pg.Client(clientOptions(connectionString));
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query<{ ssl: boolean }>(
        'select ssl from pg_stat_ssl where pid = pg_backend_pid()',
      );
      return rows[0]?.ssl;
    } catch (error) {
      expect(isTransient(error), String(error)).to.equal(true);
      return reasonOf(error, connectionString);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  it('is reached as libpq reaches it, in each mode', async () => {
    const root = `sslrootcert=${join(folder, 'cert')}`;
    const otherName = { hostname: '0.0.0.0' };
    const said = await Promise.all([
      tryOut(urlWith('')),
      tryOut(urlWith('sslmode=disable')),
      tryOut(urlWith('sslmode=require')),
      tryOut(urlWith(`sslmode=require&${root}`, otherName)),
      tryOut(urlWith(`sslmode=verify-ca&${root}`, otherName)),
      tryOut(urlWith(`sslmode=verify-full&${root}`, { hostname: 'localhost' })),
    ]);
    expect(said).to.deep.equal([false, false, true, true, true, true]);
  });

  it('is refused with what to set, where the certificate is not what was asked for', async () => {
    expect(await tryOut(urlWith('sslmode=verify-full'))).to.match(/is not trusted .* with sslrootcert/);
    const root = `sslrootcert=${join(folder, 'cert')}`;
    expect(await tryOut(urlWith(`sslmode=verify-full&${root}`, { hostname: '0.0.0.0' }))).to.match(
      /is for another name: set sslmode=verify-ca/,
    );
  });

  it('that cannot be used is told of in a sentence: password, database, nobody there', async () => {
    expect(await tryOut(urlWith('', { password: 'hush' }))).to.equal(
      'PostgreSQL refuses the password of user "minikom".',
    );
    expect(await tryOut(urlWith('', { password: '' }))).to.match(/asks for a password of user "minikom"/);
    expect(await tryOut(urlWith('', { pathname: '/none' }))).to.equal(
      'There is no database "none": create it.',
    );
    const port = await chooseFreePort();
    expect(await tryOut(`postgres://127.0.0.1:${port}/a`)).to.match(/^Nobody listens at 127\.0\.0\.1:\d+/);
    expect(await tryOut('postgres:///a?host=/nowhere')).to.match(/^Nobody listens at \/nowhere\/\.s\.PGSQL/);
    expect(await tryOut('postgres://nowhere.invalid/a')).to.match(/^The name nowhere\.invalid is not known/);
  });

  it('in which nothing may be created is told of in a sentence', async () => {
    const connectionString = urlWith('', { username: 'nobody_much', password: 'x', pathname: '/postgres' });
    const error: unknown = await migrate(connectionString, 5000, createLogger('silent')).catch(
      (e: unknown) => e,
    );
    expect(reasonOf(error, connectionString)).to.match(
      /^User "nobody_much" may not do what is needed in database "postgres" \(permission denied/,
    );
  });
});

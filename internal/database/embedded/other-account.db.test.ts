import { expect } from 'chai';
import { execFile } from 'node:child_process';
import {
  chmod,
  chown,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { findSystemAccount } from './account.ts';
import { findBinaries } from './binaries.ts';
import { createMissingLinks } from './library-links.ts';
import { copyForOtherAccounts } from './testing/reachable-copy.ts';
import { ask, Sandbox } from './testing/sandbox.ts';

const isRoot = process.geteuid?.() === 0;

describe('embedded PostgreSQL: accounts and binaries', () => {
  let sandbox: Sandbox;
  beforeEach(async () => (sandbox = await Sandbox.create()));
  afterEach(() => sandbox.clean());

  it('runs as another user when we are root, in a folder that only root may enter', async function () {
    if (!isRoot) return this.skip();
    const account = findSystemAccount(await readFile('/etc/passwd', 'utf8'));
    const { connectionString } = await sandbox.start();
    const { pid } = await sandbox.postmaster();
    expect((await stat(`/proc/${pid}`)).uid).to.equal(account?.uid);
    expect((await stat(join(sandbox.dataDir, '..'))).mode & 0o777).to.equal(0o700);
    expect((await stat(sandbox.cluster)).uid).to.equal(account?.uid);
    expect(await ask(connectionString, 'select 1')).to.equal(1);
  });

  it('takes a cluster that was restored by root, and runs as whoever owns one', async function () {
    if (!isRoot) return this.skip();
    await (await sandbox.start()).stop();
    await changeOwner(sandbox.cluster, '0:0');
    await (await sandbox.start()).stop();
    await changeOwner(sandbox.cluster, '4242:4242');
    const { connectionString } = await sandbox.start();
    expect(await ask(connectionString, 'select 1')).to.equal(1);
    expect((await stat(`/proc/${(await sandbox.postmaster()).pid}`)).uid).to.equal(4242);
  });

  it('runs a copy of programs that the other user cannot reach, and makes it once', async function () {
    if (!isRoot) return this.skip();
    const installed = await findBinaries();
    const hidden = await mkdtemp(join(tmpdir(), 'minikom-hidden-'));
    const shown = await mkdtemp(join(tmpdir(), 'minikom-shown-'));
    try {
      await chmod(shown, 0o755);
      await cp(installed.folder, join(hidden, 'native'), { recursive: true, verbatimSymlinks: true });
      const source = { ...installed, folder: join(hidden, 'native'), cacheFolder: join(shown, 'cache') };
      const first = await sandbox.start({}, { findBinaries: () => Promise.resolve(source) });
      const copy = join(shown, 'cache', `postgres-${installed.version}`);
      expect(await readlink(`/proc/${(await sandbox.postmaster()).pid}/exe`)).to.equal(
        join(copy, 'bin', 'postgres'),
      );
      const made = await lstat(copy);
      await first.stop();
      const second = await sandbox.start({}, { findBinaries: () => Promise.resolve(source) });
      expect(await ask(second.connectionString, 'select 1')).to.equal(1);
      expect((await lstat(copy)).ino).to.equal(made.ino);
      expect(await readdir(join(shown, 'cache'))).to.have.lengthOf(1);
      await second.stop();
    } finally {
      await rm(hidden, { recursive: true });
      await rm(shown, { recursive: true });
    }
  });

  it('makes the links between libraries that an install without scripts lacks', async () => {
    const { folder } = await findBinaries();
    const native = join(sandbox.dataDir, 'native');
    await mkdir(join(native, 'lib'), { recursive: true });
    await cp(join(folder, 'pg-symlinks.json'), join(native, 'pg-symlinks.json'));
    await createMissingLinks(native);
    await createMissingLinks(native);
    const list = z.array(z.object({ target: z.string() }));
    const expected = list.parse(JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')));
    for (const { target } of expected) {
      const name = target.replace('native/', '');
      expect(await readlink(join(native, name))).to.equal(await readlink(join(folder, name)));
    }
  });

  it('needs no root: a plain user starts and stops it', async function () {
    if (!isRoot) return this.skip(); // Then every other test shows it.
    const nobody = { uid: 65534, gid: 65534 };
    const root = join(sandbox.dataDir, '..');
    await chmod(root, 0o755);
    const compiled = await copyForOtherAccounts(join(root, 'program'));
    await mkdir(sandbox.dataDir);
    await chown(sandbox.dataDir, nobody.uid, nobody.gid);
    const service = await sandbox.startProcess(nobody, compiled);
    expect(await ask(service.answer.connectionString, 'select 1'), service.answer.message).to.equal(1);
    expect((await stat(`/proc/${(await sandbox.postmaster()).pid}`)).uid).to.equal(nobody.uid);
    service.child.stdin?.end();
    await new Promise((resolve) => service.child.once('exit', resolve));
    expect(await sandbox.isServed()).to.equal(false);
  });
});

async function changeOwner(folder: string, owner: string): Promise<void> {
  await promisify(execFile)('chown', ['-R', owner, folder]);
}

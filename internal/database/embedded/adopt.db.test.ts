import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ask, killNow, killWithGuard, Sandbox, until } from './testing/sandbox.ts';

describe('embedded PostgreSQL: whose service is killed', () => {
  let sandbox: Sandbox;
  beforeEach(async () => (sandbox = await Sandbox.create()));
  afterEach(() => sandbox.clean());

  it('ends after it, with everything in it', async () => {
    const killed = await sandbox.startProcess();
    await ask(killed.answer.connectionString, 'create table kept as select 42 as answer');
    await killNow(killed.child);
    await until(async () => !(await sandbox.isServed()));

    const postgres = await sandbox.start();
    expect(sandbox.messages()).to.deep.equal(['embedded PostgreSQL started']);
    expect(await ask(postgres.connectionString, 'select answer from kept')).to.equal(42);
  });

  it('ends also after a service that adopted it, or that started it again', async () => {
    const first = await sandbox.startProcess();
    await killWithGuard(first.child);
    const second = await sandbox.startProcess();
    process.kill((await sandbox.postmaster()).pid, 'SIGKILL');
    await until(async () => (await ask(second.answer.connectionString, 'select 1').catch(() => 0)) === 1);
    // Its guard comes as soon as the service has it.
    const { connectionString } = second.answer;
    const isHeld = `select count(*)::int4 from pg_stat_activity where application_name = 'minikom supervisor'`;
    await until(async () => (await ask(connectionString, isHeld)) === 1);
    await killNow(second.child);
    await until(async () => !(await sandbox.isServed()));
  });
});

describe('embedded PostgreSQL: left running by a killed service', () => {
  let sandbox: Sandbox;
  beforeEach(async () => (sandbox = await Sandbox.withCluster()));
  afterEach(() => sandbox.clean());

  it('is adopted with everything in it, and stopped in the end', async () => {
    const killed = await sandbox.startProcess();
    await ask(killed.answer.connectionString, 'create table kept as select 42 as answer');
    const { pid } = await sandbox.postmaster();
    await killWithGuard(killed.child);

    const postgres = await sandbox.start();
    expect((await sandbox.postmaster()).pid).to.equal(pid);
    expect(sandbox.messages()).to.include('embedded PostgreSQL adopted');
    expect(postgres.connectionString).to.equal(killed.answer.connectionString);
    expect(await ask(postgres.connectionString, 'select answer from kept')).to.equal(42);
    await postgres.stop();
    expect(await sandbox.isServed()).to.equal(false);
  });

  it('goes on working and logging without its service', async () => {
    const killed = await sandbox.startProcess();
    await killWithGuard(killed.child);
    const { connectionString } = killed.answer;
    await ask(connectionString, 'select nonsense').catch(() => undefined);
    expect(await ask(connectionString, 'select 1')).to.equal(1);
    expect(await readFile(join(sandbox.dataDir, 'postgres.log'), 'utf8')).to.contain(
      '"nonsense" does not exist',
    );
  });

  it('is ended and started anew if it does not answer', async () => {
    const killed = await sandbox.startProcess();
    await ask(killed.answer.connectionString, 'create table kept as select 42 as answer');
    const { pid } = await sandbox.postmaster();
    await killWithGuard(killed.child);
    process.kill(pid, 'SIGSTOP');

    const postgres = await sandbox.start({ stopTimeoutMs: 100 }, { answerTimeoutMs: 500 });
    expect((await sandbox.postmaster()).pid).to.not.equal(pid);
    expect(await ask(postgres.connectionString, 'select answer from kept')).to.equal(42);
  });

  it('is not disturbed by a second service on the same data folder, which is refused', async () => {
    const postgres = await sandbox.start();
    const { pid } = await sandbox.postmaster();
    const second = await sandbox.startProcess();
    expect(second.answer.code).to.equal('data-folder-in-use');
    expect((await sandbox.postmaster()).pid).to.equal(pid);
    expect(await ask(postgres.connectionString, 'select 1')).to.equal(1);
    expect(sandbox.messages()).to.deep.equal(['embedded PostgreSQL started']);
  });

  it('is recognised by more than a pid that another process has now', async () => {
    const first = await sandbox.start();
    await ask(first.connectionString, 'create table kept as select 42 as answer');
    const lockFile = join(sandbox.cluster, 'postmaster.pid');
    const lines = (await readFile(lockFile, 'utf8')).split('\n');
    await first.stop();
    const stranger = spawn('sleep', ['60']);
    try {
      await writeFile(lockFile, lines.with(0, String(stranger.pid)).join('\n'));
      const second = await sandbox.start();
      expect(await ask(second.connectionString, 'select answer from kept')).to.equal(42);
      expect(stranger.exitCode ?? stranger.signalCode).to.equal(null);
    } finally {
      await killNow(stranger);
    }
  });

  it('may be gone, leaving a lock file with a dead pid or without any', async () => {
    const killed = await sandbox.startProcess();
    await ask(killed.answer.connectionString, 'create table kept as select 42 as answer');
    await killWithGuard(killed.child);
    process.kill((await sandbox.postmaster()).pid, 'SIGKILL');
    const second = await sandbox.start();
    expect(await ask(second.connectionString, 'select answer from kept')).to.equal(42);
    expect(sandbox.messages()).to.include('embedded PostgreSQL started');

    await second.stop();
    await writeFile(join(sandbox.cluster, 'postmaster.pid'), '');
    const third = await sandbox.start();
    expect(await ask(third.connectionString, 'select answer from kept')).to.equal(42);
  });
});

import { expect } from 'chai';
import { rename } from 'node:fs/promises';
import { ask, killWithGuard, Sandbox, until } from './testing/sandbox.ts';

describe('embedded PostgreSQL: supervision', () => {
  let sandbox: Sandbox;
  beforeEach(async () => (sandbox = await Sandbox.withCluster()));
  afterEach(() => sandbox.clean());

  const count = (message: string) => sandbox.messages().filter((logged) => logged === message).length;
  const restarts = () => count('embedded PostgreSQL is back');

  it('starts a killed PostgreSQL again on the same port, as often as needed, and still stops it', async () => {
    const postgres = await sandbox.start();
    await ask(postgres.connectionString, 'create table kept as select 42 as answer');
    for (const time of [1, 2, 3]) {
      process.kill((await sandbox.postmaster()).pid, 'SIGKILL');
      await until(() => restarts() === time);
      expect(await ask(postgres.connectionString, 'select answer from kept')).to.equal(42);
    }
    await postgres.stop();
    expect(await sandbox.isServed()).to.equal(false);
    expect(restarts()).to.equal(3);
  });

  it('takes its lock again after a crash of a backend, so a second service stays refused', async () => {
    const postgres = await sandbox.start();
    const { pid } = await sandbox.postmaster();
    const backend = await ask(
      postgres.connectionString,
      `select pid from pg_stat_activity where application_name = 'minikom supervisor'`,
    );
    process.kill(Number(backend), 'SIGKILL');
    await until(() => restarts() === 1);
    expect((await sandbox.postmaster()).pid).to.equal(pid);
    const second = await sandbox.startProcess();
    expect(second.answer.code).to.equal('data-folder-in-use');
    expect(await ask(postgres.connectionString, 'select 1')).to.equal(1);
  });

  it('keeps trying while it cannot start, and stops in the midst of that', async () => {
    const postgres = await sandbox.start();
    const { pid } = await sandbox.postmaster();
    await rename(sandbox.cluster, `${sandbox.cluster}.away`);
    process.kill(pid, 'SIGKILL');
    await until(() => count('embedded PostgreSQL could not be restarted') >= 3);
    await rename(`${sandbox.cluster}.away`, sandbox.cluster);
    await until(() => restarts() === 1);
    expect(await ask(postgres.connectionString, 'select 1')).to.equal(1);

    const again = await sandbox.postmaster();
    await rename(sandbox.cluster, `${sandbox.cluster}.away`);
    process.kill(again.pid, 'SIGKILL');
    await until(() => count('connection to the embedded PostgreSQL lost') === 2);
    await postgres.stop();
    await rename(`${sandbox.cluster}.away`, sandbox.cluster);
  });

  it('supervises an adopted PostgreSQL as well', async () => {
    const killed = await sandbox.startProcess();
    await killWithGuard(killed.child);
    const postgres = await sandbox.start();
    process.kill((await sandbox.postmaster()).pid, 'SIGKILL');
    await until(() => restarts() === 1);
    expect(await ask(postgres.connectionString, 'select 1')).to.equal(1);
  });

  it('stops one that ignores a fast shutdown, within its deadlines', async () => {
    const postgres = await sandbox.start({ stopTimeoutMs: 100 });
    const { pid } = await sandbox.postmaster();
    process.kill(pid, 'SIGSTOP');
    const startedMs = performance.now();
    await postgres.stop();
    expect(performance.now() - startedMs).to.be.below(5000);
    expect(await sandbox.isServed()).to.equal(false);
  });
});

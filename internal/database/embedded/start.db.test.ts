import { expect } from 'chai';
import { once } from 'node:events';
import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-error.ts';
import { chooseFreePort } from './free-port.ts';
import { ask, Sandbox, until } from './testing/sandbox.ts';

describe('embedded PostgreSQL: the first start', () => {
  let sandbox: Sandbox;
  beforeEach(async () => (sandbox = await Sandbox.create()));
  afterEach(() => sandbox.clean());

  it('makes a cluster that is local, durable and closed to who lacks the password', async () => {
    const { connectionString } = await sandbox.start({ settings: { work_mem: '8MB', fsync: 'off' } });
    expect(connectionString).to.match(/^postgres:\/\/minikom:[0-9a-f]{64}@127\.0\.0\.1:\d+\/minikom$/);
    const expected = {
      ...{
        server_encoding: 'UTF8',
        listen_addresses: '127.0.0.1',
        unix_socket_directories: '',
      },
      ...{ fsync: 'on', synchronous_commit: 'on', password_encryption: 'scram-sha-256', jit: 'off' },
      ...{
        shared_buffers: '128MB',
        max_connections: '100',
        max_wal_size: '2GB',
        checkpoint_timeout: '15min',
      },
      ...{ work_mem: '8MB', data_checksums: 'on' },
    };
    for (const [name, value] of Object.entries(expected)) {
      expect(await ask(connectionString, `show ${name}`), name).to.equal(value);
    }
    const collation = 'select datcollate from pg_database where datname = current_database()';
    expect(await ask(connectionString, collation)).to.equal('C');
    const wrong = connectionString.replace(/:[0-9a-f]{64}@/, ':password@');
    const refused: unknown = await ask(wrong, 'select 1').catch((error: unknown) => error);
    expect(refused).to.have.property('code', '28P01');

    expect((await readdir(sandbox.dataDir)).sort()).to.deep.equal([
      'postgres',
      'postgres-password',
      'postgres.log',
    ]);
    const passwordFile = await stat(join(sandbox.dataDir, 'postgres-password'));
    expect(passwordFile.mode & 0o777).to.equal(0o600);
    expect(await readFile(join(sandbox.dataDir, 'postgres.log'), 'utf8')).to.contain(
      'ready to accept connections',
    );
  });

  it('starts over from what a killed initdb left behind', async () => {
    const leftover = join(sandbox.dataDir, 'postgres.initializing-abc', 'data');
    await mkdir(leftover, { recursive: true });
    await mkdir(join(sandbox.dataDir, 'postgres.initializing'));
    await writeFile(join(leftover, 'PG_VERSION'), '18\n');
    const { connectionString } = await sandbox.start();
    expect(await ask(connectionString, 'select 1')).to.equal(1);
    expect((await readdir(sandbox.dataDir)).filter((name) => name.startsWith('postgres.'))).to.deep.equal([
      'postgres.log',
    ]);
  });

  it('leaves alone what another service is making just now', async () => {
    const others = join(sandbox.dataDir, `postgres.initializing-${process.pid}-abc`);
    await mkdir(others, { recursive: true });
    const { answer } = await sandbox.startProcess();
    expect(await ask(answer.connectionString, 'select 1')).to.equal(1);
    expect(await readdir(sandbox.dataDir)).to.include(`postgres.initializing-${process.pid}-abc`);
  });

  it('refuses a folder that is no cluster without touching it', async () => {
    await mkdir(sandbox.cluster, { recursive: true });
    await writeFile(join(sandbox.cluster, 'precious'), 'data');
    const error = await failure(sandbox.start());
    expect(error.message).to.contain('No cluster could be made');
    expect(await readdir(sandbox.cluster)).to.deep.equal(['precious']);
  });

  it('lets exactly one of two first starts at the same time win', async () => {
    const services = await Promise.all([sandbox.startProcess(), sandbox.startProcess()]);
    const winners = services.filter(({ answer }) => answer.connectionString !== undefined);
    expect(winners, JSON.stringify(services.map(({ answer }) => answer))).to.have.lengthOf(1);
    expect(await ask(winners[0]?.answer.connectionString, 'select 1')).to.equal(1);
  });
});

describe('embedded PostgreSQL: start', () => {
  let sandbox: Sandbox;
  beforeEach(async () => (sandbox = await Sandbox.withCluster()));
  afterEach(() => sandbox.clean());

  it('keeps data and password over a restart, and starts an existing cluster quickly', async () => {
    const first = await sandbox.start();
    await ask(first.connectionString, 'create table kept as select 42 as answer');
    await first.stop();
    expect(await sandbox.isServed()).to.equal(false);

    const startedMs = performance.now();
    const second = await sandbox.start();
    const durationMs = performance.now() - startedMs;
    expect(new URL(second.connectionString).password).to.equal(new URL(first.connectionString).password);
    expect(await ask(second.connectionString, 'select answer from kept')).to.equal(42);
    expect(durationMs).to.be.below(5000); // Some 0.2 s; the bound only tells it from a wait for a timeout.
  });

  it('takes another port if the one it chose is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const taken = typeof address === 'object' && address !== null ? address.port : 0;
    let asked = 0;
    const choosePort = async () => (asked++ < 2 ? taken : chooseFreePort());
    try {
      const { connectionString } = await sandbox.start({}, { choosePort });
      expect(await ask(connectionString, 'select 1')).to.equal(1);
      expect(asked).to.equal(3);
    } finally {
      other.close();
    }
  });

  it('says what PostgreSQL said if it does not start, and gives up on a port after ten tries', async () => {
    const bad = await failure(sandbox.start({ settings: { shared_buffers: 'plenty' } }));
    expect(bad.message).to.contain('invalid value for parameter "shared_buffers"');

    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    let asked = 0;
    const choosePort = () => {
      asked++;
      return Promise.resolve(typeof address === 'object' && address !== null ? address.port : 0);
    };
    const taken = await failure(sandbox.start({}, { choosePort })).finally(() => other.close());
    expect(taken.message).to.contain('Address already in use');
    expect(asked).to.equal(10);
  });

  it('gives up at its deadline and leaves nothing running', async () => {
    await (await sandbox.start()).stop();
    const late = await failure(sandbox.start({}, { startTimeoutMs: 1 }));
    expect(late.message).to.contain('not ready within 1 ms');
    expect(await sandbox.isServed()).to.equal(false);
  });

  it('refuses a cluster whose password is gone, instead of making another', async () => {
    await (await sandbox.start()).stop();
    await truncate(join(sandbox.dataDir, 'postgres-password'));
    expect((await failure(sandbox.start())).message).to.contain('restore the password');
  });

  it('stops twice at once, and leads a session of its own', async () => {
    const postgres = await sandbox.start();
    const { pid } = await sandbox.postmaster();
    if (process.platform === 'linux') {
      const status = await readFile(`/proc/${pid}/stat`, 'utf8');
      const [, , processGroup, session] = status.slice(status.lastIndexOf(')') + 2).split(' ');
      expect([processGroup, session]).to.deep.equal([String(pid), String(pid)]);
    }
    await Promise.all([postgres.stop(), postgres.stop()]);
    await postgres.stop();
    await until(async () => !(await sandbox.isServed()));
  });
});

async function failure(attempt: Promise<unknown>): Promise<EmbeddedPostgresError> {
  const outcome: unknown = await attempt.catch((error: unknown) => error);
  if (outcome instanceof EmbeddedPostgresError) return outcome;
  throw new Error(`Expected an EmbeddedPostgresError, got ${String(outcome)}`);
}

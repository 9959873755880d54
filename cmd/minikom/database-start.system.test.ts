import { expect } from 'chai';

import { createTestDatabase, type TestDatabase } from '../../internal/testing/shared-postgres.ts';
import { TcpProxy } from '../../internal/chaos/tcp-proxy.ts';
import { startUnsafePostgres, type UnsafePostgres } from '../../internal/testing/unsafe-postgres.ts';
import { ask, report } from './testing/report-stream.ts';
import { LogProcess, type LogLine } from '../../internal/program/log-process.ts';

describe('a service that starts', () => {
  const processes: LogProcess[] = [];

  afterEach(async () => {
    for (const started of processes.splice(0)) await started.endBy('SIGKILL');
  });

  function start(databaseUrl: string, environment: Readonly<Record<string, string>> = {}): LogProcess {
    const settings = { DATABASE_URL: databaseUrl, PORT: '0', SHARDS: '1', ...environment };
    const started = new LogProcess(new URL('main.js', import.meta.url), [], settings);
    processes.push(started);
    return started;
  }

  async function urlOf(started: LogProcess): Promise<string> {
    await started.until((lines) => said(lines, 'minikom listens'));
    return String(started.lines.find(({ msg }) => msg === 'minikom listens')?.url);
  }

  describe('while its database is away', () => {
    let database: TestDatabase;
    let proxy: TcpProxy;

    beforeEach(async () => {
      database = await createTestDatabase();
      proxy = await TcpProxy.before(database.connectionString);
      await proxy.refuse();
    });

    afterEach(async () => {
      for (const started of processes) await started.endBy('SIGKILL');
      await proxy.refuse();
      await database.drop();
    });

    it('listens, is not ready, and becomes ready when the database comes', async () => {
      const started = start(proxy.url);
      const url = await urlOf(started);
      expect(await ask(url, '/health')).to.include({ status: 200 });
      expect(await ask(url, '/ready')).to.include({ status: 503 });
      expect(await report(url, 'early')).to.include({ status: 503 });
      await started.until((lines) => said(lines, 'database not ready'));
      await proxy.listen();
      await started.until((lines) => said(lines, 'minikom is ready'));
      expect(await ask(url, '/ready')).to.include({ status: 200 });
      expect(await report(url, 'late')).to.include({ status: 200 });
    });

    it('stops when told to', async () => {
      const started = start(proxy.url);
      await started.until((lines) => said(lines, 'database not ready'));
      expect(await started.endBy('SIGTERM')).to.equal(0);
    });
  });

  it('at the same time as another on an empty database becomes ready, and so does the other', async () => {
    const database = await createTestDatabase({ isEmpty: true });
    const replicas = [start(database.connectionString), start(database.connectionString)];
    for (const replica of replicas) {
      await replica.until((lines) => said(lines, 'minikom is ready'));
      expect(await report(await urlOf(replica), 'web')).to.include({ status: 200 });
      expect(said(replica.lines, 'database not ready')).to.equal(false);
    }
    expect(replicas.filter(({ lines }) => said(lines, 'database migrated'))).to.have.lengthOf(1);
    for (const replica of replicas) expect(await replica.endBy('SIGINT')).to.equal(0);
    await database.drop();
  });

  describe('on a database that may lose what it commits', () => {
    let unsafe: UnsafePostgres;
    before(async () => {
      unsafe = await startUnsafePostgres();
    });
    after(() => unsafe.stop());

    it('ends with status 1 and says why', async () => {
      const started = start(unsafe.connectionString);
      expect(await started.end()).to.equal(1);
      const words: unknown = await started.until(() => false).catch((error: unknown) => error);
      expect(String(words)).to.contain('fsync = off').and.contain('ALLOW_UNSAFE_DATABASE=1');
      expect(said(started.lines, 'minikom is ready')).to.equal(false);
    });

    it('runs if that is allowed, and warns', async () => {
      const started = start(unsafe.connectionString, { ALLOW_UNSAFE_DATABASE: '1' });
      await started.until((lines) => said(lines, 'minikom is ready'));
      expect(started.lines.some(({ msg }) => msg.startsWith('UNSAFE DATABASE'))).to.equal(true);
      expect(await report(await urlOf(started), 'web')).to.include({ status: 200 });
      expect(await started.endBy('SIGTERM')).to.equal(0);
    });
  });
});

function said(lines: readonly LogLine[], message: string): boolean {
  return lines.some(({ msg }) => msg === message);
}

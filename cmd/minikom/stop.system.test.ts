import { once } from 'node:events';

import { expect } from 'chai';
import pg from 'pg';

import { settleAll } from '../../internal/testing/services-database.ts';
import { createTestDatabase, type TestDatabase } from '../../internal/testing/shared-postgres.ts';
import { TcpProxy } from '../../internal/testing/tcp-proxy.ts';
import { until } from '../../internal/testing/until.ts';
import { dial, readAnswers } from '../../internal/testing/wire.ts';
import { LogProcess } from '../../internal/testing/log-process.ts';
import { report } from './testing/report-stream.ts';
import { waitingBackends } from './testing/waiting-backends.ts';

const SHUTDOWN_TIMEOUT_MS = 4000;

describe('a service that is told to stop', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let other: pg.Client;
  let service: LogProcess;
  let url: string;

  beforeEach(async () => {
    database = await createTestDatabase();
    proxy = await TcpProxy.before(database.connectionString);
    other = new pg.Client({ connectionString: database.connectionString });
    await other.connect();
    service = new LogProcess(new URL('main.js', import.meta.url), [], {
      DATABASE_URL: proxy.url,
      PORT: '0',
      SHARDS: '2',
      SHUTDOWN_TIMEOUT_MS: String(SHUTDOWN_TIMEOUT_MS),
      // Only the end of the service ends a flush that hangs.
      FLUSH_TIMEOUT_MS: '60000',
    });
    url = await service.untilReady();
  });

  afterEach(async () => {
    await service.endBy('SIGKILL');
    await proxy.refuse();
    await other.end();
    await database.drop();
  });

  /** Sends reports which cannot be committed now, and waits until both shards are at it. */
  async function blockedReports(): Promise<Promise<string>[]> {
    await other.query('begin; lock table pending_reports');
    const told = Array.from({ length: 20 }, (_, index) =>
      report(url, `service ${index}`).then(
        ({ status }) => String(status),
        () => 'no answer',
      ),
    );
    await until('both shards wait for the lock', async () => (await waitingBackends(other)) === 2);
    return told;
  }

  const stopping = () => service.until((lines) => lines.some(({ msg }) => msg === 'minikom stops'));

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    it(`by ${signal} commits and answers what it has accepted, and exits with 0`, async () => {
      const told = await blockedReports();
      const ended = service.endBy(signal);
      await stopping();
      await other.query('commit');
      expect(new Set(await Promise.all(told))).to.deep.equal(new Set(['200']));
      expect(await ended).to.equal(0);
      const pool = new pg.Pool({ connectionString: database.connectionString });
      await settleAll(pool).finally(() => pool.end());
      const { rowCount } = await other.query('select from services');
      expect(rowCount).to.equal(told.length);
    });
  }

  it('while its database hangs answers 503 to all that wait, and still exits in time with 0', async () => {
    const told = await blockedReports();
    proxy.freeze();
    const toldMs = performance.now();
    expect(await service.endBy('SIGTERM')).to.equal(0);
    expect(performance.now() - toldMs).to.be.below(SHUTDOWN_TIMEOUT_MS);
    expect(new Set(await Promise.all(told))).to.deep.equal(new Set(['503']));
    await other.query('rollback');
  });

  it('tells a client that has sent half a request to come again', async () => {
    const socket = await dial(new URL(url).port);
    const answers = readAnswers(socket);
    socket.write('POST /event HTTP/1.1\r\nHost: a\r\nX-Request-Id: half\r\n');
    socket.write('Expect: 100-continue\r\nContent-Length: 10\r\n\r\n');
    // Now the service waits for the body.
    await once(socket, 'data');
    expect(await service.endBy('SIGTERM')).to.equal(0);
    const answer = (await answers).at(-1);
    expect(answer?.status).to.equal(503);
    expect(answer?.headers).to.include({ connection: 'close', 'x-request-id': 'half' });
  });

  it('twice exits at once', async () => {
    const told = await blockedReports();
    const ended = service.endBy('SIGTERM');
    await stopping();
    expect(await service.endBy('SIGTERM')).to.equal(128 + 15);
    expect(await ended).to.equal(128 + 15);
    expect(new Set(await Promise.all(told))).to.deep.equal(new Set(['no answer']));
    await other.query('rollback');
  });
});

import { once } from 'node:events';
import http from 'node:http';

import { expect } from 'chai';
import pg from 'pg';

import { settleAll } from '../../internal/testing/services-database.ts';
import { createTestDatabase, type TestDatabase } from '../../internal/testing/shared-postgres.ts';
import { TcpProxy } from '../../internal/chaos/tcp-proxy.ts';
import { until } from '../../internal/testing/until.ts';
import { dial, readAnswers } from '../../internal/testing/wire.ts';
import { LogProcess } from '../../internal/program/log-process.ts';
import { report } from './testing/report-stream.ts';
import { startTestService } from './testing/start-test-service.ts';
import { waitingBackends } from './testing/waiting-backends.ts';

const SHUTDOWN_TIMEOUT_MS = 4000;

/** Resolves to the status, or to the code of what went wrong. */
function post(port: string, serviceName: string, agent: http.Agent): Promise<unknown> {
  return new Promise((resolve) => {
    const body = JSON.stringify({ service_name: serviceName, state: 'deploy', timestamp: 1_700_000_000 });
    const options = { host: '127.0.0.1', port, method: 'POST', path: '/event', agent };
    http
      .request(options, (answer) => answer.resume().on('end', () => resolve(answer.statusCode)))
      .on('error', (error) => resolve('code' in error ? error.code : error.message))
      .end(body);
  });
}

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
    url = await start();
  });

  afterEach(async () => {
    await service.endBy('SIGKILL');
    await proxy.refuse();
    await other.end();
    await database.drop();
  });

  /** Resolves to where it listens. */
  function start(): Promise<string> {
    service = new LogProcess(new URL('main.js', import.meta.url), [], {
      DATABASE_URL: proxy.url,
      PORT: '0',
      SHARDS: '2',
      SHUTDOWN_TIMEOUT_MS: String(SHUTDOWN_TIMEOUT_MS),
      // Only the end of the service ends a flush that hangs.
      FLUSH_TIMEOUT_MS: '60000',
    });
    return service.untilReady();
  }

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

  it('while its database hangs does not wait for what is being tidied up', async () => {
    await service.endBy('SIGTERM');
    await other.query('begin; lock table event_batches in share mode');
    await start();
    await until('old batches are being deleted', async () => (await waitingBackends(other)) === 1);
    proxy.freeze();
    expect(await service.endBy('SIGTERM')).to.equal(0);
    await other.query('rollback');
  });

  it('tells a client that has sent half a request to come again', async () => {
    const socket = await dial(new URL(url).port);
    const answers = readAnswers(socket);
    socket.write('POST /event HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: half\r\n');
    socket.write('Expect: 100-continue\r\nContent-Length: 10\r\n\r\n');
    // Now the service waits for the body.
    await once(socket, 'data');
    expect(await service.endBy('SIGTERM')).to.equal(0);
    const answer = (await answers).at(-1);
    expect(answer?.status).to.equal(503);
    expect(answer?.headers).to.include({ connection: 'close', 'x-request-id': 'half' });
  });

  it('resets none of 64 clients that go on asking on kept connections', async () => {
    const agent = new http.Agent({ keepAlive: true });
    const ends = new Set<unknown>();
    let asked = 0;
    const clients = Array.from({ length: 64 }, async (_, index) => {
      for (;;) {
        const told = await post(new URL(url).port, `service ${index}`, agent);
        asked++;
        if (told !== 200) return ends.add(told);
      }
    });
    await until('all are at it', () => asked > 640);
    expect(await service.endBy('SIGTERM')).to.equal(0);
    await Promise.all(clients);
    agent.destroy();
    // Each was told to close, and then found that nobody listens.
    expect(ends).to.deep.equal(new Set(['ECONNREFUSED']));
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

describe('a service that is told to stop behind a balancer', () => {
  it('says in /ready that it will, and serves on for SHUTDOWN_DELAY_MS', async () => {
    const service = await startTestService({ environment: { SHUTDOWN_DELAY_MS: '1500' } });
    const beganMs = performance.now();
    const stopped = service.stop();
    const ready = await service.send({ path: '/ready' });
    expect(ready).to.deep.include({ status: 503 });
    expect(ready.headers).to.include({ connection: 'close' });
    const health = await service.send({ path: '/health' });
    expect(health).to.deep.include({ status: 200 });
    expect(await report(service.url, 'web')).to.include({ status: 200 });
    await stopped;
    expect(performance.now() - beganMs).to.be.at.least(1490);
    const refusal = await service.send({ path: '/health' }).catch((error: unknown) => error);
    expect(refusal).to.have.property('code', 'ECONNREFUSED');
  });
});

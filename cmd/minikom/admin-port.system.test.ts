import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';

import { expect } from 'chai';
import pg from 'pg';

import { until } from '../../internal/testing/until.ts';
import { send, type WireRequest } from '../../internal/testing/wire.ts';
import { ask, report } from './testing/report-stream.ts';
import { startTestService, type TestService } from './testing/start-test-service.ts';
import { expectProblem } from './testing/expect-problem.ts';
import { waitingBackends } from './testing/waiting-backends.ts';

describe('the ADMIN_PORT', () => {
  let service: TestService;
  let stopped: Promise<void> | undefined;

  async function start(environment: Readonly<Record<string, string>>): Promise<void> {
    stopped = undefined;
    service = await startTestService({ environment });
  }

  /** As often as it is called. */
  const stop = () => (stopped ??= service.stop());

  afterEach(stop);

  const admin = (request: WireRequest) => send(service.adminUrl ?? '', request);

  it('answers what tells how the process is, as PORT does', async () => {
    await start({ ADMIN_PORT: '0' });
    await until('a report is taken', async () => (await report(service.url, 'web')).status === 200);
    for (const path of ['/health', '/ready', '/workers', '/shards', '/workers/7']) {
      const [one, other] = await Promise.all([admin({ path }), service.send({ path })]);
      expect(one.status, path).to.equal(other.status);
      expect(one.headers['content-type']).to.equal(other.headers['content-type']);
      expect(one.text, path).to.equal(other.text);
    }
  });

  it('answers nothing else', async () => {
    await start({ ADMIN_PORT: '0' });
    for (const path of ['/', '/services', '/openapi.json', '/events', '/live', '/settling']) {
      expectProblem(await admin({ path }), 404, 'not-found');
    }
    const body = '{"service_name":"web","state":"deploy","timestamp":1700000000}';
    expectProblem(await admin({ method: 'POST', path: '/event', body }), 404, 'not-found');
    expectProblem(await admin({ method: 'POST', path: '/ready' }), 405, 'method-not-allowed');
    expect(await ask(service.url, '/services/web/latest-events')).to.include({ status: 404 });
  });

  it('asks for a token where PORT does', async () => {
    await start({ ADMIN_PORT: '0', READ_TOKENS: 'hush-hush-hush-hush' });
    expect((await admin({ path: '/health' })).status).to.equal(200);
    expect((await admin({ path: '/ready' })).status).to.equal(200);
    expectProblem(await admin({ path: '/workers' }), 401, 'unauthorized');
    const headers = { authorization: 'Bearer hush-hush-hush-hush' };
    expect((await admin({ path: '/workers', headers })).status).to.equal(200);
  });

  it('says that the service is alive and not ready until it has stopped, when PORT takes nobody any more', async () => {
    await start({ ADMIN_PORT: '0', SHARDS: '1' });
    const other = new pg.Client({ connectionString: service.connectionString });
    await other.connect();
    await other.query('begin; lock table pending_reports in exclusive mode');
    const inFlight = report(service.url, 'web');
    await until('a flush waits', async () => (await waitingBackends(other)) === 1);
    const ended = stop();
    await until('PORT is closed', () =>
      service.send({ path: '/health' }).then(
        () => false,
        () => true,
      ),
    );
    expectProblem(await admin({ path: '/ready' }), 503, 'unavailable');
    expect((await admin({ path: '/health' })).status).to.equal(200);
    await other.query('rollback');
    expect(await inFlight).to.include({ status: 200 });
    await other.end();
    await ended;
    expect(await admin({ path: '/health' }).catch(() => 'closed')).to.equal('closed');
  });

  it('is not listened on unless it is set', async () => {
    await start({});
    expect(service.adminUrl).to.equal(undefined);
  });

  it('ends the start if it is in use, which says so', async () => {
    await start({});
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const second: unknown = await startTestService({
      database: { connectionString: service.connectionString, drop: () => Promise.resolve() },
      environment: { ADMIN_PORT: String(port) },
    }).catch((error: unknown) => error);
    expect(String(second)).to.include(`ADMIN_PORT ${port} is in use on HOST 127.0.0.1`);
    taken.close();
    await once(taken, 'close');
  });
});

import { expect } from 'chai';

import type { Service } from '../../internal/processes/serve.ts';
import { startService } from '../../internal/processes/start.ts';
import { createLogger } from '../../internal/telemetry/logger.ts';
import { send } from '../../internal/testing/wire.ts';
import { readConfig } from './configuration.ts';
import { program } from './program.ts';
import { expectProblem } from './testing/expect-problem.ts';
import { useKnownService } from './testing/use-service.ts';

describe('the probes of a service that is ready', () => {
  const service = useKnownService();

  it('say that it is alive', async () => {
    const { status, headers, text } = await service.send({ path: '/health' });
    expect({ status, text }).to.deep.equal({ status: 200, text: '{"message":"alive"}' });
    expect(headers['content-type']).to.equal('application/json; charset=utf-8');
  });

  it('say that it is ready', async () => {
    const { status, text } = await service.send({ path: '/ready' });
    expect({ status, text }).to.deep.equal({ status: 200, text: '{"message":"ready"}' });
  });
});

describe('a service whose database is away since its start', () => {
  let service: Service;

  before(async () => {
    const config = readConfig({
      PORT: '0',
      // Port 1 is nobody's: the connection is refused at once.
      DATABASE_URL: 'postgres://nobody:hidden@127.0.0.1:1/none',
      LOG_LEVEL: 'silent',
    });
    service = await startService(program, config, createLogger('silent'));
  });

  after(async () => {
    await service.stop();
    await service.ready;
  });

  it('says that it is alive', async () => {
    const { status, text } = await send(service.url, { path: '/health' });
    expect({ status, text }).to.deep.equal({ status: 200, text: '{"message":"alive"}' });
  });

  it('says that it is not ready, and asks to come again with what needs the database', async () => {
    const requests = [
      { path: '/ready' },
      { path: '/services' },
      { path: '/services/web/latest-events' },
      { path: '/events' },
      { method: 'POST', path: '/events', body: '[]' },
      { method: 'POST', path: '/event', body: '{"service_name":"web","state":"deploy","timestamp":1}' },
      { method: 'POST', path: '/event?x', body: '{"service_name":"web","state":"deploy","timestamp":1}' },
    ];
    for (const request of requests) {
      const answer = await send(service.url, request);
      const { detail } = expectProblem(answer, 503, 'unavailable');
      expect(Number(answer.headers['retry-after'])).to.be.at.least(1);
      expect(detail).to.not.include('hidden').and.not.include('127.0.0.1');
    }
  });

  it('serves what needs no database', async () => {
    for (const path of ['/openapi.json', '/workers', '/shards']) {
      expect((await send(service.url, { path })).status, path).to.equal(200);
    }
    expectProblem(await send(service.url, { path: '/workers/1' }), 404, 'not-found');
  });

  it('says what is wrong with a request that would never be served', async () => {
    expectProblem(await send(service.url, { path: '/unknown' }), 404, 'not-found');
    expectProblem(
      await send(service.url, { method: 'POST', path: '/unknown', body: '{}' }),
      404,
      'not-found',
    );
    expectProblem(await send(service.url, { path: '/services/%ff/latest-events' }), 400, 'invalid-url');
    const wrongMethod = await send(service.url, { method: 'DELETE', path: '/services' });
    expectProblem(wrongMethod, 405, 'method-not-allowed');
    expect(wrongMethod.headers.allow?.split(', ').sort()).to.deep.equal(['GET', 'HEAD']);
    expectProblem(await send(service.url, { path: '/event' }), 405, 'method-not-allowed');
  });

  it('tells OPTIONS what a path takes', async () => {
    const { status, headers } = await send(service.url, { method: 'OPTIONS', path: '/event' });
    expect({ status, allow: headers.allow }).to.deep.equal({ status: 204, allow: 'POST' });
  });
});

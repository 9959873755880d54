import { expect } from 'chai';

import { readConfig } from '../../internal/config/config.ts';
import { createLogger } from '../../internal/telemetry/logger.ts';
import { startService } from './start.ts';
import { send } from '../../internal/testing/wire.ts';
import { expectProblem, useSurface } from './testing/surface.ts';

describe('the probes of a service that is ready', () => {
  const surface = useSurface();

  it('say that it is alive', async () => {
    const { status, headers, text } = await surface.send({ path: '/health' });
    expect({ status, text }).to.deep.equal({ status: 200, text: '{"message":"alive"}' });
    expect(headers['content-type']).to.equal('application/json; charset=utf-8');
  });

  it('say that it is ready', async () => {
    const { status, text } = await surface.send({ path: '/ready' });
    expect({ status, text }).to.deep.equal({ status: 200, text: '{"message":"ready"}' });
  });
});

describe('the probes of a service whose database is away', () => {
  it('say that it is alive and not ready, and the rest asks to come again', async () => {
    const config = readConfig({
      PORT: '0',
      // Port 1 is nobody's: the connection is refused at once.
      DATABASE_URL: 'postgres://nobody:hidden@127.0.0.1:1/none',
      LOG_LEVEL: 'silent',
    });
    const service = await startService(config, createLogger('silent'));
    try {
      const alive = await send(service.url, { path: '/health' });
      expect({ status: alive.status, text: alive.text }).to.deep.equal({
        status: 200,
        text: '{"message":"alive"}',
      });
      const requests = [
        { path: '/ready' },
        { path: '/services' },
        { path: '/services/web/latest-events' },
        { method: 'POST', path: '/event', body: '{"service_name":"web","state":"deploy","timestamp":1}' },
      ];
      for (const request of requests) {
        const answer = await send(service.url, request);
        const { detail } = expectProblem(answer, 503, 'unavailable');
        expect(Number(answer.headers['retry-after'])).to.be.at.least(1);
        expect(detail).to.not.include('hidden').and.not.include('127.0.0.1');
      }
    } finally {
      await service.stop();
      await service.ready;
    }
  });
});

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

import { expect } from 'chai';
import { z } from 'zod';

import type { Asked } from '../../internal/testing/wire.ts';
import { post } from './testing/asking.ts';
import { startTestService } from './testing/start-test-service.ts';

const NOW = 1_700_000_000;
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';

const span = z.object({
  ...{ traceId: z.string(), spanId: z.string(), parentSpanId: z.string().optional(), name: z.string() },
  attributes: z.array(z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) })),
  links: z.array(z.object({ traceId: z.string(), spanId: z.string() })).default([]),
  status: z.object({ code: z.number() }),
});
const traces = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.array(z.object({ key: z.string(), value: z.unknown() })) }),
      scopeSpans: z.array(z.object({ spans: z.array(span) })),
    }),
  ),
});

describe('traces', () => {
  let collector: Server;
  let endpoint: string;
  const taken: { path: string | undefined; body: z.output<typeof traces> }[] = [];

  before((done) => {
    collector = createServer((request, response) => {
      void json(request).then((body) => {
        taken.push({ path: request.url, body: traces.parse(body) });
        response.end('{}');
      });
    }).listen(0, '127.0.0.1', () => {
      endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
      done();
    });
  });

  beforeEach(() => taken.splice(0));

  after((done) => void collector.close(done));

  async function serve(work: (service: Asked) => Promise<unknown>, environment: Record<string, string>) {
    const service = await startTestService({ now: () => NOW, environment });
    await work(service);
    await service.stop();
  }

  const spans = () =>
    taken.flatMap(({ body }) =>
      body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)),
    );
  const report = (service: Asked, sampled: '00' | '01') => {
    const headers = { traceparent: `00-${TRACE}-${CALLER}-${sampled}` };
    return post(service, '/event', { service_name: 'web', state: 'deploy', timestamp: NOW }, headers);
  };

  it('have a request below its caller, and the batch that it waited for linked to it', async () => {
    await serve((service) => report(service, '01'), { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    expect(taken[0]).to.have.property('path', '/v1/traces');
    expect(taken[0]?.body.resourceSpans[0]?.resource.attributes).to.deep.include({
      ...{ key: 'service.name', value: { stringValue: 'minikom' } },
    });
    const [request, flush] = ['POST /event', 'flush reports'].map((name) =>
      spans().find((one) => one.name === name),
    );
    expect(request).to.include({ traceId: TRACE, parentSpanId: CALLER });
    expect(request?.attributes).to.deep.include.members([
      { key: 'http.route', value: { stringValue: '/event' } },
      { key: 'http.response.status_code', value: { intValue: 200 } },
    ]);
    expect(flush).to.include({ traceId: TRACE, parentSpanId: request?.spanId });
    expect(flush?.links).to.deep.include({ traceId: TRACE, spanId: request?.spanId });
    expect(flush?.attributes).to.deep.include({ key: 'minikom.events', value: { intValue: 1 } });
  });

  it('call a request by its route, not by its path, and refusals by what they are', async () => {
    await serve(
      async (service) => {
        await service.send({ path: '/services/web/latest-events?limit=0' });
        await service.send({ path: '/nowhere' });
      },
      { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
    );
    expect(spans().map(({ name }) => name)).to.have.members(['GET /services/:name/latest-events', 'GET']);
  });

  it('are none of what the caller does not sample', async () => {
    await serve((service) => report(service, '00'), { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    expect(spans()).to.deep.equal([]);
  });

  it('are none where no collector is set', async () => {
    await serve((service) => report(service, '01'), {});
    expect(taken).to.deep.equal([]);
  });

  it('hold nobody up, and no end, if the collector is not there', async () => {
    const away = 'http://127.0.0.1:1';
    await serve(async (service) => expect((await report(service, '01')).status).to.equal(200), {
      OTEL_EXPORTER_OTLP_ENDPOINT: away,
    });
  });
});

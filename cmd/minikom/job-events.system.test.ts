import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';

import { expect } from 'chai';

import { heartbeat, payloadOf, sparkEvent } from '../../internal/jobs/testing/payload-body.ts';
import { until } from '../../internal/testing/until.ts';
import { getJson } from './testing/asking.ts';
import { collectGood, getContents, getEvents, tablesOfJobs } from './testing/job-client.ts';
import { useServiceBehindProxy } from './testing/use-service-behind-proxy.ts';
import { useService } from './testing/use-service.ts';
import { startTestService } from './testing/start-test-service.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const LINES_TYPE = 'application/x-ndjson; charset=utf-8';
const PATH = '/job/etl/r1/events';

describe('GET /job/:name/:run_id/events', () => {
  const service = useService({ tables: tablesOfJobs });
  const ask = (accept?: string, method = 'GET') =>
    service.send({ method, path: PATH, headers: accept === undefined ? {} : { accept } });

  beforeEach(() =>
    collectGood(service, payloadOf([sparkEvent(0, '{"a":\r\n1}'), heartbeat, sparkEvent(1, { b: 2 })])),
  );

  for (const accept of [
    undefined,
    '*/*',
    'application/json',
    'application/*',
    'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8',
    'text/html',
    'application/x-ndjson;q=0',
    'application/x-ndjson;q=0.5, application/json',
    '',
    ';;;,,/',
    'application',
    'application/x-ndjson; q=x"',
    '*'.repeat(5000),
  ]) {
    it(`is JSON for Accept: ${String(accept).slice(0, 60)}`, async () => {
      const { status, headers, text } = await ask(accept);
      expect(status).to.equal(200);
      expect(headers).to.include({ 'content-type': JSON_TYPE, vary: 'Accept', 'cache-control': 'no-store' });
      expect(JSON.parse(text)).to.have.property('events').with.length(2);
    });
  }

  for (const accept of [
    'application/x-ndjson',
    'Application/X-NDJSON, */*;q=0.1',
    'text/plain, application/x-ndjson',
  ]) {
    it(`is an event a line for Accept: ${accept}`, async () => {
      const { status, headers, text } = await ask(accept);
      expect({ status, text }).to.deep.equal({ status: 200, text: '{"a": 1}\n{"b":2}\n' });
      expect(headers['content-type']).to.equal(LINES_TYPE);
    });
  }

  for (const type of ['application/ndjson', 'application/jsonl', 'application/x-jsonlines']) {
    it(`is the same by the name ${type}`, async () => {
      const { headers, text } = await ask(`${type}, application/json;q=0.5`);
      expect(text).to.equal('{"a": 1}\n{"b":2}\n');
      expect(headers['content-type']).to.equal(`${type}; charset=utf-8`);
    });
  }

  it('tells HEAD what it would be, and nothing else', async () => {
    const { status, headers, text } = await ask('application/x-ndjson', 'HEAD');
    expect({ status, text }).to.deep.equal({ status: 200, text: '' });
    expect(headers['content-type']).to.equal(LINES_TYPE);
  });

  it('is empty of a run that only lives', async () => {
    await collectGood(service, payloadOf([heartbeat], { runId: 'quiet' }));
    expect(await getEvents(service, 'etl', 'quiet')).to.deep.equal([]);
    const headers = { accept: 'application/x-ndjson' };
    const lines = await service.send({ path: '/job/etl/quiet/events', headers });
    expect({ status: lines.status, text: lines.text }).to.deep.equal({ status: 200, text: '' });
  });

  it('is all of a run of many pages', async () => {
    const messages = Array.from({ length: 5000 }, (_, id) => sparkEvent(Math.floor(id / 3), { id }));
    await collectGood(service, payloadOf(messages, { runId: 'long' }));
    expect(await getEvents(service, 'etl', 'long')).to.deep.equal(messages);
  });
});

describe('a large run', () => {
  const service = useService({ tables: tablesOfJobs });
  const EVENTS = 128;
  const MIB = 1024 * 1024;

  beforeEach(async () => {
    await collectGood(service, payloadOf([heartbeat]));
    await service.database.query(
      `insert into job_events (job_name, run_id, generated_ms, arrival, occurrence, content_digest, content)
       select 'etl', 'r1', n, n, 1, substr(sha256('x'), 1, 16), '{"x":"' || repeat('x', $2) || '"}'
       from generate_series(0, $1 - 1) as n`,
      [EVENTS, MIB],
    );
  });

  /** Asks, and reads nothing of the answer. */
  async function askSlowly(url: string): Promise<IncomingMessage> {
    const request = http.get(url + PATH, { agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return response;
  }

  /** Waits until the service reads nothing more, and expects that it holds no connection meanwhile. */
  async function untilStalled(): Promise<void> {
    let last = '';
    let same = 0;
    await until('the service to stop reading', async () => {
      const { rows } = await service.database.query<{ state: string; at: string }>(
        `select state, query_start::text as at from pg_stat_activity
         where datname = current_database() and application_name = 'minikom read' order by query_start`,
      );
      const now = rows.map(({ at }) => at).join();
      const isIdle = rows.every(({ state }) => state === 'idle');
      same = isIdle && now === last ? same + 1 : 0;
      last = now;
      return same === 100;
    });
  }

  it('is read no further than its caller reads', async () => {
    const response = await askSlowly(service.url);
    await untilStalled();
    // What was not read yet can still be taken away.
    await service.database.query('delete from job_events');
    const { events } = JSON.parse(await text(response)) as { events: unknown[] };
    // What the sockets hold and a page or two.
    expect(events.length).to.be.within(1, 40);
  });

  it('that many read slowly leaves connections for others', async () => {
    const responses = await Promise.all(Array.from({ length: 10 }, () => askSlowly(service.url)));
    await untilStalled();
    expect(await getJson(service, '/job')).to.deep.equal({ jobs: ['etl'] });
    for (const response of responses) response.destroy();
  });

  it('is read no further when its caller is gone', async () => {
    const response = await askSlowly(service.url);
    response.destroy();
    await once(response, 'close');
    await untilStalled();
    expect((await service.send({ path: '/health' })).status).to.equal(200);
  });
});

describe('a run whose database goes away while it is read', () => {
  const service = useServiceBehindProxy();

  it('is cut, so that nobody takes it for all', async () => {
    const large = { x: 'x'.repeat(1_000_000) };
    const messages = Array.from({ length: 30 }, (_, id) => sparkEvent(id, { id, ...large }));
    await collectGood(service, payloadOf(messages));

    const request = http.get(service.url + PATH, { agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    await service.proxy.refuse();
    const failure = await text(response).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).to.be.an('error').with.property('code', 'ECONNRESET');

    expect((await service.send({ path: PATH })).status, 'asked before the answer began').to.equal(503);
    await service.proxy.listen();
    await until('it is read again', async () => (await service.send({ path: '/job' })).status === 200);
    expect(await getContents(service)).to.have.length(30);
  });
});

describe('a service that stops while a run is read', () => {
  it('cuts a caller that does not read on, and ends in time', async () => {
    const service = await startTestService({ environment: { SHUTDOWN_TIMEOUT_MS: '1000' } });
    const messages = Array.from({ length: 30 }, (_, id) => sparkEvent(id, { x: 'x'.repeat(1_000_000) }));
    await collectGood(service, payloadOf(messages));
    const request = http.get(service.url + PATH, { agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    // The database of the service is dropped only if nobody is connected to it any more.
    await service.stop();
    const failure = await text(response).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).to.be.an('error').with.property('code', 'ECONNRESET');
  });
});

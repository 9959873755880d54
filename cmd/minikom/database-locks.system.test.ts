import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

import { expect } from 'chai';
import pg from 'pg';

import { until } from '../../internal/testing/until.ts';
import { ask, report, storedNames, type Told } from './testing/report-stream.ts';
import { startTestService, type TestService } from './testing/start-test-service.ts';
import { waitingBackends } from './testing/waiting-backends.ts';

const GRACE_MS = 3000;

/** Begins to send a megabyte, with its first byte. */
function beginToSend(url: string, headers: Readonly<Record<string, string>> = {}): ClientRequest {
  const sent = request(url, { method: 'POST', headers: { 'content-length': 1_000_000, ...headers } });
  // It is destroyed before it is at its end.
  sent.on('error', () => undefined).write('[');
  return sent;
}

/** What a request is answered of whose megabyte only the first byte was sent. */
async function statusBeforeItsBody(
  url: string,
  headers?: Readonly<Record<string, string>>,
): Promise<number | undefined> {
  const sent = beginToSend(url, headers);
  const [{ statusCode }] = (await once(sent, 'response')) as [IncomingMessage];
  // The service goes on to read for a while what it does not get.
  sent.destroy();
  return statusCode;
}

describe('a service whose tables somebody else has locked', () => {
  let service: TestService;
  let other: pg.Client;

  async function start(environment: Readonly<Record<string, string>>): Promise<void> {
    service = await startTestService({ environment: { SHARDS: '1', ...environment } });
    other = new pg.Client({ connectionString: service.connectionString });
    await other.connect();
  }

  afterEach(async () => {
    await other.end();
    await service.stop();
  });

  it('asks to come again when its time is over, still reads, and goes on when the lock is gone', async () => {
    await start({ FLUSH_TIMEOUT_MS: '500' });
    await until('a report is taken', async () => (await report(service.url, 'web')).status === 200);
    // Reads have as little time as writes here, which a busy machine may take by itself.
    const reads = async () => (await ask(service.url, '/services/web/latest-events')).status === 200;
    await until('it reads', reads);
    await other.query('begin; lock table pending_reports in exclusive mode'); // Nobody else writes.

    const body = JSON.stringify({ service_name: 'web', state: 'issue', timestamp: 1_700_000_000 });
    const post = () => ask(service.url, '/event', { method: 'POST', body });
    const told = await Promise.all([post(), post(), post()]);
    for (const { status, tookMs } of told) {
      expect(status).to.equal(503);
      expect(tookMs).to.be.within(400, 500 + GRACE_MS);
    }
    await until('it still reads', reads);
    await until('it is ready', async () => (await ask(service.url, '/ready')).status === 200);

    await other.query('rollback');
    await until('the report is taken', async () => (await post()).status === 200);
  });

  it('refuses at once what its queue does not hold, and stores all that it holds', async () => {
    await start({ MAX_QUEUED_EVENTS: '10', FLUSH_TIMEOUT_MS: '60000' });
    await other.query('begin; lock table pending_reports');
    const inFlight = report(service.url, 'in flight');
    await until('a flush waits for the lock', async () => (await waitingBackends(other)) === 1);

    const refused: Told[] = [];
    const posts = Array.from({ length: 30 }, async (_, index) => {
      const told = await report(service.url, `queued ${index}`);
      if (told.status === 503) refused.push(told);
      return told;
    });
    await until('all that is too much is refused', () => refused.length === 20);
    for (const { retryAfter, tookMs } of refused) {
      expect(Number(retryAfter)).to.be.at.least(1);
      expect(tookMs).to.be.below(GRACE_MS);
    }
    for (const path of ['/events', '/records', '/collect']) {
      const { status } = await ask(service.url, path, { method: 'POST', body: 'not parsed to be refused' });
      expect(status, path).to.equal(503);
    }
    expect(await statusBeforeItsBody(`${service.url}/events`), 'a large one unread').to.equal(503);
    await other.query('commit');
    const told = await Promise.all(posts);
    expect((await inFlight).status).to.equal(200);
    expect(told.filter(({ status }) => status === 200)).to.have.lengthOf(10);
    const accepted = [...told.keys()].filter((index) => told[index]?.status === 200);
    expect(await storedNames(service.url)).to.have.all.keys(
      'in flight',
      ...accepted.map((index) => `queued ${index}`),
    );
  });

  it('refuses a large body unread while another one is on its way that may fill its queue', async () => {
    await start({ MAX_QUEUED_EVENTS: '10' });
    const url = `${service.url}/events`;
    const begun = beginToSend(url);
    // The other one may take a moment to arrive, and does not count for ever.
    await until('the next is refused', async () => {
      const begunNext = beginToSend(url);
      const answered = once(begunNext, 'response') as Promise<[IncomingMessage]>;
      const [answer] = await Promise.race([answered, pause(200, [undefined])]);
      begunNext.destroy();
      return answer?.statusCode === 503;
    });
    expect(await statusBeforeItsBody(url, { 'content-encoding': 'zip' }), 'by its headers').to.equal(415);
    begun.destroy();
    const body = JSON.stringify([{ service_name: 'web', state: 'issue', timestamp: 1_700_000_000 }]);
    expect((await ask(service.url, '/events', { method: 'POST', body })).status).to.equal(200);
  });
});

import { expect } from 'chai';

import { startTestService, type TestService } from '../../cmd/minikom/testing/start-test-service.ts';
import { connect, type ClientOptions, type Retries } from './client.ts';

const NOW = 1_780_000_000;
const TOKEN = 'token-of-the-typed-client';

describe('the TypeScript client', () => {
  let service: TestService;

  before(async () => {
    const environment = { WRITE_TOKENS: TOKEN, READ_TOKENS: TOKEN, SHARDS: '1', MAX_BODY_BYTES: '4096' };
    service = await startTestService({ environment, now: () => NOW });
  });

  after(() => service.stop());

  /** A client whose clock goes on by its pauses only; `trouble` may stand in for an answer, or end in place of one. */
  function client(
    trouble: (tries: number, ask: () => Promise<Response>) => Promise<Response>,
    { retries, ...options }: Partial<ClientOptions> = {},
  ) {
    const tries: Request[] = [];
    const pausesMs: number[] = [];
    let nowMs = NOW * 1000;
    const bounds: Partial<Retries> = {
      clock: () => nowMs,
      random: () => 0,
      pause: (pauseMs, signal) => {
        pausesMs.push(pauseMs);
        nowMs += pauseMs;
        signal.throwIfAborted();
        return Promise.resolve();
      },
      fetch: (request) => {
        tries.push(request);
        return trouble(tries.length, () => fetch(request));
      },
      ...retries,
    };
    return { ...connect({ url: service.url, token: TOKEN, retries: bounds, ...options }), tries, pausesMs };
  }
  const untroubled = (_: number, ask: () => Promise<Response>) => ask();
  const answering = (status: number, headers: Record<string, string> = {}) =>
    Promise.resolve(new Response('{}', { status, headers }));

  it('sends a report, and reads typed answers', async () => {
    const { POST, GET, tries } = client(untroubled);
    const body = { service_name: 'a/b', state: 'issue', timestamp: NOW } as const;
    expect((await POST('/event', { body })).response.status).to.equal(200);
    const { data } = await GET('/services/{name}', { params: { path: { name: 'a/b' } } });
    // That these compile is the half of it.
    const told: { name: string; since: number | null } | undefined = data;
    const state: 'deploy' | 'issue' | 'idle' | undefined = data?.state;
    expect([told?.name, state, told?.since]).to.deep.equal(['a/b', 'issue', NOW]);
    const unknown = await GET('/services/{name}', { params: { path: { name: 'nobody' } } });
    expect(unknown.error?.status).to.equal(404);
    expect(tries).to.have.length(3);
  });

  it('stores a bulk body once whose first answers were lost', async () => {
    const { POST, GET, tries, pausesMs } = client(async (count, ask) => {
      const answer = await ask();
      if (count === 1) return answering(503, { 'retry-after': '2' });
      if (count === 2) throw new TypeError('fetch failed');
      return answer;
    });
    const { data } = await POST('/events', { body: [{ timestamp: NOW, data: 'once' }] });
    expect(data).to.deep.equal({ accepted: 1 });
    expect(pausesMs).to.deep.equal([2125, 250]);
    const keys = tries.map(({ headers }) => headers.get('idempotency-key'));
    expect(keys[0]).to.match(/^[\w-]{36}$/);
    expect(new Set(keys).size).to.equal(1);
    const stored = await GET('/events', { params: { query: {} } });
    expect(stored.data?.events.map((event) => event.data)).to.deep.equal(['once']);
  });

  it('keeps a key that its caller has given, and gives each body its own', async () => {
    const { POST, tries } = client(untroubled);
    const body = [{ timestamp: NOW - 5, service_name: 'web', state: 'deploy' } as const];
    await POST('/events', { body, params: { header: { 'Idempotency-Key': 'mine' } } });
    await POST('/events', { body });
    await POST('/events', { body });
    const keys = tries.map(({ headers }) => headers.get('idempotency-key'));
    expect(keys[0]).to.equal('mine');
    expect(new Set(keys).size).to.equal(3);
  });

  it('waits as long as Retry-After asks, in seconds or until a time', async () => {
    const until = new Date((NOW + 30) * 1000).toUTCString();
    for (const [status, header, pauseMs] of [
      [429, '7', 7125],
      [503, until, 30_125],
      [503, 'soon', 125],
    ] as const) {
      const { GET, pausesMs } = client((count, ask) =>
        count === 1 ? answering(status, { 'retry-after': header }) : ask(),
      );
      expect((await GET('/health')).response.status).to.equal(200);
      expect(pausesMs, header).to.deep.equal([pauseMs]);
    }
  });

  it('does not send again what would be refused again', async () => {
    const timestamp = NOW + 1_000_000;
    const bad = client(untroubled);
    const body = { service_name: 'web', state: 'issue', timestamp } as const;
    const refused = await bad.POST('/event', { body });
    expect(refused.error?.status).to.equal(400);
    const stranger = client(untroubled, { token: 'token-of-somebody-else' });
    expect((await stranger.POST('/event', { body })).response.status).to.equal(401);
    const large = client(untroubled);
    const items = [{ timestamp: NOW, data: 'x'.repeat(5000) }];
    expect((await large.POST('/events', { body: items })).response.status).to.equal(413);
    for (const { tries } of [bad, stranger, large]) expect(tries).to.have.length(1);
  });

  it('does not send again what would be done twice, unless it was not even read', async () => {
    const body = { service: 'web', by: 'Ana', note: '', until: NOW + 60 };
    const muting = client(() => answering(503));
    expect((await muting.POST('/mutes', { body })).response.status).to.equal(503);
    expect(muting.tries).to.have.length(1);
    const limited = client((count, ask) => (count === 1 ? answering(429) : ask()));
    expect((await limited.POST('/mutes', { body })).response.status).to.equal(201);
  });

  it('gives up after so many tries, and before a pause that would take too long', async () => {
    const bounded = client(() => answering(503));
    expect((await bounded.GET('/services')).response.status).to.equal(503);
    expect(bounded.pausesMs).to.deep.equal([125, 250, 500, 1000, 2000]);
    const away = client(() => Promise.reject(new TypeError('fetch failed')), { retries: { mostTries: 2 } });
    expect(await away.GET('/services').catch(String)).to.equal('TypeError: fetch failed');
    expect(away.tries).to.have.length(2);
    const long = client(() => answering(429, { 'retry-after': '3600' }));
    expect((await long.GET('/services')).response.status).to.equal(429);
    expect(long.pausesMs).to.deep.equal([]);
  });

  it('ends a try that gets no answer, and a request whose signal aborts', async () => {
    const never = (request: Request) =>
      new Promise<Response>((_, reject) => {
        request.signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
    const slow = connect({ url: service.url, retries: { fetch: never, tryTimeoutMs: 5, mostTries: 1 } });
    expect(await slow.GET('/health').catch(String)).to.equal('Error: aborted');
    const stop = new AbortController();
    let tries = 0;
    const refuse = () => {
      tries++;
      setImmediate(() => stop.abort(new Error('enough')));
      return answering(503);
    };
    // With the pause that is usual, which nobody waits for here.
    const retries = { fetch: refuse, firstPauseMs: 60_000, longestPauseMs: 60_000 };
    const stopped = connect({ url: service.url, signal: stop.signal, retries });
    expect(await stopped.GET('/health').catch(String)).to.equal('Error: enough');
    expect(tries).to.equal(1);
  });
});

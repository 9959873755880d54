import { expect } from 'chai';

import { exchange, send, type Answer, type WireRequest } from '../../internal/testing/wire.ts';
import { expectProblem } from './testing/expect-problem.ts';
import { type KnownService, NOW, useKnownService } from './testing/use-service.ts';

const post: WireRequest = {
  method: 'POST',
  path: '/event',
  body: JSON.stringify({ service_name: 'web', state: 'deploy', timestamp: NOW }),
};
const get: WireRequest = { path: '/services' };

/** Sends nothing but these headers, in particular not the token that the other requests of these tests carry. */
function bare(service: KnownService, request: WireRequest, authorization?: string): Promise<Answer> {
  return send(service.url, { ...request, headers: authorization === undefined ? {} : { authorization } });
}

describe('with WRITE_TOKENS and READ_TOKENS', () => {
  const tokens = {
    WRITE_TOKENS: 'writer-0123456789, both-0123456789ab',
    READ_TOKENS: 'reader-0123456789,both-0123456789ab',
  };
  const service = useKnownService({
    environment: tokens,
    headers: { authorization: 'Bearer both-0123456789ab' },
  });

  const accepted: readonly (readonly [WireRequest, string])[] = [
    [post, 'Bearer writer-0123456789'],
    [post, 'bearer writer-0123456789'],
    [post, 'Bearer both-0123456789ab'],
    [get, 'Bearer reader-0123456789'],
    [get, 'BEARER  both-0123456789ab'],
    [{ ...get, method: 'HEAD' }, 'Bearer reader-0123456789'],
  ];
  for (const [request, authorization] of accepted) {
    it(`${authorization} may ${request.method ?? 'GET'}`, async () => {
      expect((await bare(service, request, authorization)).status).to.equal(200);
    });
  }

  const refused: readonly (readonly [WireRequest, string | undefined])[] = [
    [post, undefined],
    [post, ''],
    [post, 'Bearer'],
    [post, 'Bearer reader-0123456789'],
    [post, 'Bearer writer-012345678'],
    [post, 'Bearer writer-0123456789r'],
    [post, 'Bearer WRITER-0123456789'],
    [post, 'Bearer writer-0123456789, both-0123456789ab'],
    [post, 'writer-0123456789'],
    [post, 'Basic d3JpdGVyOg=='],
    [get, undefined],
    [get, 'Bearer writer-0123456789'],
    [{ path: '/nowhere' }, undefined],
    [{ method: 'DELETE', path: '/services' }, undefined],
    [{ path: '/healthy' }, undefined],
  ];
  for (const [request, authorization] of refused) {
    it(`${authorization ?? 'nothing'} may not ${request.method ?? 'GET'} ${request.path ?? ''}`, async () => {
      const answer = await bare(service, request, authorization);
      const { detail } = expectProblem(answer, 401, 'unauthorized');
      expect(answer.headers['www-authenticate']).to.match(/^Bearer /);
      expect(detail).to.not.match(/writer|reader|both/);
      await service.expectUntouched();
    });
  }

  for (const path of ['/health', '/ready', '/health?from=probe']) {
    it(`nothing may GET ${path}`, async () => {
      expect((await bare(service, { path })).status).to.equal(200);
    });
  }

  it('a caller without a token keeps the connection', async () => {
    const refused = 'POST /event HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}';
    const last = 'GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
    const answers = await exchange(
      service.port,
      `GET /services HTTP/1.1\r\nHost: localhost\r\n\r\n${refused}${last}`,
    );
    expect(answers.map(({ status }) => status)).to.deep.equal([401, 401, 200]);
  });

  it('a token in the URL counts for nothing', async () => {
    expectProblem(
      await bare(service, { path: '/services?access_token=reader-0123456789' }),
      401,
      'unauthorized',
    );
  });
});

describe('with WRITE_TOKENS alone', () => {
  const service = useKnownService({
    environment: { WRITE_TOKENS: 'writer-0123456789' },
    headers: { authorization: 'Bearer writer-0123456789' },
  });

  it('reads are open and writes are not', async () => {
    expect((await bare(service, get)).status).to.equal(200);
    expectProblem(await bare(service, post), 401, 'unauthorized');
  });
});

describe('with READ_TOKENS and BADGE_TOKENS', () => {
  const reader = { 'x-api-key': 'reader-0123456789' };
  const service = useKnownService({
    environment: { READ_TOKENS: 'reader-0123456789', BADGE_TOKENS: 'badge-0123456789' },
  });
  const withBadge = (path: string) => bare(service, { path: `${path}?badge_token=badge-0123456789` });

  it('an image is shown for a badge token in its URL, and is kept by no shared cache', async () => {
    for (const image of ['badge.svg', 'timeline.svg']) {
      const answer = await withBadge(`/services/known/${image}`);
      expect(answer.status, answer.text).to.equal(200);
      expect(answer.headers['cache-control']).to.match(/^private/);
      expectProblem(await bare(service, { path: `/services/known/${image}` }), 401, 'unauthorized');
    }
  });

  it('a badge token opens nothing else', async () => {
    for (const path of [
      '/services',
      '/services/known',
      '/services/badge.svg',
      '/services/known/stats',
      '/current',
    ]) {
      expectProblem(await withBadge(path), 401, 'unauthorized');
    }
    const headers = { 'x-api-key': 'badge-0123456789' };
    expectProblem(
      await send(service.url, { path: '/services/known/badge.svg', headers }),
      401,
      'unauthorized',
    );
  });

  it('X-API-Key is as good as Authorization', async () => {
    expect((await send(service.url, { ...get, headers: reader })).status).to.equal(200);
    expect((await bare(service, get, 'Bearer reader-0123456789')).status).to.equal(200);
  });
});

describe('a session of a browser', () => {
  const tokens = {
    WRITE_TOKENS: 'writer-0123456789,both-0123456789ab',
    READ_TOKENS: 'reader-0123456789,both-0123456789ab',
  };
  const service = useKnownService({ environment: tokens, headers: { 'x-api-key': 'both-0123456789ab' } });
  const begin = (body: unknown, headers = {}) =>
    send(service.url, { method: 'POST', path: '/session', body: JSON.stringify(body), headers });

  /** The cookie of a session with that token. */
  async function cookieFor(token: string): Promise<string> {
    const answer = await begin({ token });
    expect(answer.status, answer.text).to.equal(200);
    const [set = ''] = answer.headers['set-cookie'] ?? [];
    expect(set).to.match(/^minikom_session=[^;]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/);
    expect(set).to.not.include(token);
    return set.split(';', 1)[0] ?? '';
  }

  const status = async (request: WireRequest, cookie: string) =>
    (await send(service.url, { ...request, headers: { ...request.headers, cookie } })).status;

  it('may do what its token may, and nothing else', async () => {
    const rights = async (token: string) => {
      const cookie = await cookieFor(token);
      return [await status(get, cookie), await status(post, cookie)];
    };
    expect(await rights('reader-0123456789')).to.deep.equal([200, 401]);
    expect(await rights('writer-0123456789')).to.deep.equal([401, 200]);
    expect(await rights('both-0123456789ab')).to.deep.equal([200, 200]);
  });

  it('tells what it may, also that nobody has begun one', async () => {
    const told = async (headers: WireRequest['headers'] = {}) =>
      JSON.parse((await send(service.url, { path: '/session', headers })).text) as unknown;
    expect(await told()).to.deep.equal({ may_read: false, may_write: false });
    const cookie = `a=b; ${await cookieFor('reader-0123456789')}; c=d`;
    expect(await told({ cookie })).to.deep.equal({ may_read: true, may_write: false });
  });

  it('does not begin with what is no token, nor for a page of elsewhere', async () => {
    for (const token of ['', 'wrong-0123456789', 'reader']) {
      const answer = await begin({ token });
      expectProblem(answer, 401, 'unauthorized');
      expect(answer.headers).to.not.have.property('set-cookie');
    }
    for (const body of [{}, { token: 7 }, [], null]) expectProblem(await begin(body), 400, 'invalid-request');
    const foreign = { origin: 'http://evil.test' };
    expectProblem(await begin({ token: 'reader-0123456789' }, foreign), 403, 'cross-origin');
    expectProblem(await begin({ token: 'x'.repeat(5000) }), 413, 'too-large');
  });

  it('is none if anything of it was changed, or with the cookie of another token', async () => {
    const cookie = await cookieFor('reader-0123456789');
    const [name = '', until = '', seal = ''] = cookie.split(/[=.]/);
    const later = (parseInt(until, 36) + 1).toString(36);
    for (const changed of [
      `${name}=${later}.${seal}`,
      `${name}=${until}.${seal}x`,
      `${name}=${until}.`,
      `${name}=`,
      `x${cookie}`,
    ]) {
      expect(await status(get, changed), changed).to.equal(401);
    }
  });

  it('does not make up for the origin: a page of elsewhere may not write with it', async () => {
    const cookie = await cookieFor('writer-0123456789');
    expect(await status({ ...post, headers: { origin: 'http://evil.test' } }, cookie)).to.equal(403);
  });

  it('is over after a month, and where it is ended', async () => {
    const cookie = await cookieFor('reader-0123456789');
    service.nowSeconds += 30 * 86_400 - 1;
    expect(await status(get, cookie)).to.equal(200);
    service.nowSeconds += 2;
    expect(await status(get, cookie)).to.equal(401);
    const ended = await send(service.url, { method: 'DELETE', path: '/session' });
    expect(ended.status).to.equal(204);
    expect(ended.headers['set-cookie']?.[0]).to.match(/^minikom_session=; Path=\/; Max-Age=0;/);
  });
});

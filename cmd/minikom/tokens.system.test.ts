import { expect } from 'chai';

import { exchange, send, type Answer, type WireRequest } from '../../internal/testing/wire.ts';
import { expectProblem, NOW, useSurface, type Surface } from './testing/surface.ts';

const post: WireRequest = {
  method: 'POST',
  path: '/event',
  body: JSON.stringify({ service_name: 'web', state: 'deploy', timestamp: NOW }),
};
const get: WireRequest = { path: '/services' };

/** Sends nothing but these headers, in particular not the token that the other requests of these tests carry. */
function bare(surface: Surface, request: WireRequest, authorization?: string): Promise<Answer> {
  return send(surface.url, { ...request, headers: authorization === undefined ? {} : { authorization } });
}

describe('with WRITE_TOKENS and READ_TOKENS', () => {
  const tokens = {
    WRITE_TOKENS: 'writer-0123456789, both-0123456789ab',
    READ_TOKENS: 'reader-0123456789,both-0123456789ab',
  };
  const surface = useSurface(tokens, { headers: { authorization: 'Bearer both-0123456789ab' } });

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
      expect((await bare(surface, request, authorization)).status).to.equal(200);
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
      const answer = await bare(surface, request, authorization);
      const { detail } = expectProblem(answer, 401, 'unauthorized');
      expect(answer.headers['www-authenticate']).to.match(/^Bearer /);
      expect(detail).to.not.match(/writer|reader|both/);
      await surface.expectUntouched();
    });
  }

  for (const path of ['/health', '/ready', '/health?from=probe']) {
    it(`nothing may GET ${path}`, async () => {
      expect((await bare(surface, { path })).status).to.equal(200);
    });
  }

  it('a caller without a token keeps the connection', async () => {
    const refused = 'POST /event HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}';
    const last = 'GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
    const answers = await exchange(
      surface.port,
      `GET /services HTTP/1.1\r\nHost: localhost\r\n\r\n${refused}${last}`,
    );
    expect(answers.map(({ status }) => status)).to.deep.equal([401, 401, 200]);
  });

  it('a token in the URL counts for nothing', async () => {
    expectProblem(
      await bare(surface, { path: '/services?access_token=reader-0123456789' }),
      401,
      'unauthorized',
    );
  });
});

describe('with WRITE_TOKENS alone', () => {
  const surface = useSurface(
    { WRITE_TOKENS: 'writer-0123456789' },
    { headers: { authorization: 'Bearer writer-0123456789' } },
  );

  it('reads are open and writes are not', async () => {
    expect((await bare(surface, get)).status).to.equal(200);
    expectProblem(await bare(surface, post), 401, 'unauthorized');
  });
});

describe('with READ_TOKENS and BADGE_TOKENS', () => {
  const reader = { 'x-api-key': 'reader-0123456789' };
  const surface = useSurface({ READ_TOKENS: 'reader-0123456789', BADGE_TOKENS: 'badge-0123456789' });
  const withBadge = (path: string) => bare(surface, { path: `${path}?badge_token=badge-0123456789` });

  it('an image is shown for a badge token in its URL, and is kept by no shared cache', async () => {
    for (const image of ['badge.svg', 'timeline.svg']) {
      const answer = await withBadge(`/services/known/${image}`);
      expect(answer.status, answer.text).to.equal(200);
      expect(answer.headers['cache-control']).to.match(/^private/);
      expectProblem(await bare(surface, { path: `/services/known/${image}` }), 401, 'unauthorized');
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
      await send(surface.url, { path: '/services/known/badge.svg', headers }),
      401,
      'unauthorized',
    );
  });

  it('X-API-Key is as good as Authorization', async () => {
    expect((await send(surface.url, { ...get, headers: reader })).status).to.equal(200);
    expect((await bare(surface, get, 'Bearer reader-0123456789')).status).to.equal(200);
  });
});

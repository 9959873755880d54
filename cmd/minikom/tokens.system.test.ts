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
  const tokens = { WRITE_TOKENS: 'writer, both', READ_TOKENS: 'reader,both' };
  const surface = useSurface(tokens, { headers: { authorization: 'Bearer both' } });

  const accepted: readonly (readonly [WireRequest, string])[] = [
    [post, 'Bearer writer'],
    [post, 'bearer writer'],
    [post, 'Bearer both'],
    [get, 'Bearer reader'],
    [get, 'BEARER  both'],
    [{ ...get, method: 'HEAD' }, 'Bearer reader'],
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
    [post, 'Bearer reader'],
    [post, 'Bearer write'],
    [post, 'Bearer writerr'],
    [post, 'Bearer WRITER'],
    [post, 'Bearer writer, both'],
    [post, 'writer'],
    [post, 'Basic d3JpdGVyOg=='],
    [get, undefined],
    [get, 'Bearer writer'],
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
    const refused = 'POST /event HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}';
    const last = 'GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
    const answers = await exchange(
      surface.port,
      `GET /services HTTP/1.1\r\nHost: a\r\n\r\n${refused}${last}`,
    );
    expect(answers.map(({ status }) => status)).to.deep.equal([401, 401, 200]);
  });

  it('a token in the URL counts for nothing', async () => {
    expectProblem(await bare(surface, { path: '/services?access_token=reader' }), 401, 'unauthorized');
  });
});

describe('with WRITE_TOKENS alone', () => {
  const surface = useSurface({ WRITE_TOKENS: 'writer' }, { headers: { authorization: 'Bearer writer' } });

  it('reads are open and writes are not', async () => {
    expect((await bare(surface, get)).status).to.equal(200);
    expectProblem(await bare(surface, post), 401, 'unauthorized');
  });
});

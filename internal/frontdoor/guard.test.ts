import { IncomingMessage, type IncomingHttpHeaders } from 'node:http';
import { Socket } from 'node:net';

import { expect } from 'chai';

import { digestOf, tokenKinds } from '../config/tokens.ts';
import { Guard } from './guard.ts';
import { Problem } from './problem.ts';
import { Proxies } from './proxies.ts';

type Tokens = Readonly<Partial<Record<(typeof tokenKinds)[number], readonly string[]>>>;

const open: Tokens = { write: [], read: [] };

const probes = new Set(['/health', '/ready']);
const features = [{ openPaths: ['/health', '/ready'] }, { imagePaths: /^\/[^/]+\.svg$/ }];

/** The status that the guard answers with; 200 if it lets the request pass. */
function verdict(tokens: Tokens, method: string, headers: IncomingHttpHeaders = {}, url = '/event'): number {
  const request = Object.assign(new IncomingMessage(new Socket()), { method, url, headers });
  const digests = (kind: keyof Tokens) => (tokens[kind] ?? []).map(digestOf);
  const current = { write: digests('write'), read: digests('read'), badge: digests('badge') };
  try {
    new Guard({
      features,
      tokens: { current },
      hosts: undefined,
      proxies: new Proxies([]),
      probes,
      now: () => 0,
    }).check(request);
    return 200;
  } catch (error) {
    if (error instanceof Problem) return error.status;
    throw error;
  }
}

describe('the guard', () => {
  it('lets everything pass without tokens and browsers', () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      expect(verdict(open, method)).to.equal(200);
    }
  });

  it('asks a write for a write token and a read for a read token', () => {
    const tokens = { write: ['w1', 'w2'], read: ['r'] };
    const withToken = (method: string, token: string) =>
      verdict(tokens, method, { authorization: `Bearer ${token}` });
    expect(['w1', 'w2', 'r', 'w', ''].map((token) => withToken('POST', token))).to.deep.equal([
      200, 200, 401, 401, 401,
    ]);
    expect(['r', 'w1', ''].map((token) => withToken('GET', token))).to.deep.equal([200, 401, 401]);
  });

  it('takes a token as X-API-Key, too, and one of two that is good', () => {
    const tokens = { write: ['w'], read: ['r'] };
    expect(verdict(tokens, 'POST', { 'x-api-key': 'w' })).to.equal(200);
    expect(verdict(tokens, 'GET', { 'x-api-key': 'r' })).to.equal(200);
    expect(verdict(tokens, 'POST', { 'x-api-key': 'r' })).to.equal(401);
    expect(verdict(tokens, 'POST', { 'x-api-key': 'w', authorization: 'Basic dTpw' })).to.equal(200);
    expect(verdict(tokens, 'POST', { 'x-api-key': 'x', authorization: 'Bearer w' })).to.equal(200);
    expect(verdict(tokens, 'POST', { 'x-api-key': 'Bearer w' })).to.equal(401);
  });

  it('takes a badge token in the query, for images and nothing else', () => {
    const tokens = { write: ['w'], read: ['r'], badge: ['b'] };
    const withQuery = (method: string, url: string) => verdict(tokens, method, {}, url);
    expect(withQuery('GET', '/web.svg?badge_token=b')).to.equal(200);
    expect(withQuery('HEAD', '/web.svg?label=a&badge_token=b')).to.equal(200);
    for (const url of [
      '/web.svg?badge_token=r',
      '/web.svg?badge_token=',
      '/web.svg',
      '/web.svg?token=b',
      '/web?badge_token=b',
      '/a/web.svg?badge_token=b',
    ]) {
      expect(withQuery('GET', url), url).to.equal(401);
    }
    expect(withQuery('POST', '/web.svg?badge_token=b')).to.equal(401);
    for (const headers of [{ 'x-api-key': 'b' }, { authorization: 'Bearer b' }]) {
      expect(verdict(tokens, 'GET', headers, '/web.svg')).to.equal(401);
    }
    expect(verdict({ read: ['r'] }, 'GET', {}, '/web.svg?badge_token=')).to.equal(401);
  });

  it('goes on with the tokens of the moment', () => {
    const tokens = { current: { write: [digestOf('old')], read: [], badge: [] } };
    const guard = new Guard({
      features,
      tokens,
      hosts: undefined,
      proxies: new Proxies([]),
      probes,
      now: () => 0,
    });
    const post = (token: string) => () =>
      guard.check({ method: 'POST', url: '/', headers: { 'x-api-key': token }, socket: new Socket() });
    expect(post('old')).to.not.throw();
    tokens.current = { write: [digestOf('new')], read: [], badge: [] };
    expect(post('old')).to.throw(Problem);
    expect(post('new')).to.not.throw();
  });

  it('takes every method that it does not know as a write', () => {
    expect(verdict({ write: ['w'], read: [] }, 'QUERY')).to.equal(401);
    expect(verdict(open, 'TRACE', { 'sec-fetch-site': 'cross-site' })).to.equal(403);
  });

  it('leaves the probes open, and only them', () => {
    const closed = { write: ['w'], read: ['r'] };
    for (const url of ['/health', '/ready', '/ready?verbose']) {
      expect(verdict(closed, 'GET', {}, url)).to.equal(200);
    }
    for (const url of ['/health/', '//health', '/healthz', '/services?/health', '/Health', '/']) {
      expect(verdict(closed, 'GET', {}, url)).to.equal(401);
    }
  });

  it('refuses a write of a page of another origin, token or not', () => {
    const headers = { authorization: 'Bearer w', origin: 'http://evil.test', host: 'minikom.test' };
    expect(verdict({ write: ['w'], read: [] }, 'POST', headers)).to.equal(403);
    expect(verdict(open, 'POST', { origin: 'http://minikom.test', host: 'minikom.test' })).to.equal(200);
    expect(verdict(open, 'POST', { origin: 'http://minikom.test' })).to.equal(403);
    expect(verdict(open, 'GET', headers)).to.equal(200);
  });

  it('takes the word of the browser where a trusted proxy does not say what the service was called', () => {
    const socket = new Socket();
    Object.defineProperty(socket, 'remoteAddress', { value: '127.0.0.1' });
    const status = (trusted: readonly string[], headers: IncomingHttpHeaders) => {
      const guard = new Guard({
        ...{ features, hosts: undefined, probes, now: () => 0 },
        ...{ tokens: { current: { write: [], read: [], badge: [] } }, proxies: new Proxies(trusted) },
      });
      try {
        guard.check({ method: 'POST', url: '/event', headers, socket });
        return 200;
      } catch (error) {
        return error instanceof Problem ? error.status : 500;
      }
    };
    const renamed = { host: '127.0.0.1:8080', origin: 'https://minikom.test' };
    expect(status(['127.0.0.1'], { ...renamed, 'sec-fetch-site': 'same-origin' })).to.equal(200);
    expect(status([], { ...renamed, 'sec-fetch-site': 'same-origin' })).to.equal(403);
    for (const site of [undefined, 'none', 'same-site', 'cross-site']) {
      expect(status(['127.0.0.1'], { ...renamed, ...(site && { 'sec-fetch-site': site }) }), site).to.equal(
        403,
      );
    }
    const named = { ...renamed, 'sec-fetch-site': 'same-origin', 'x-forwarded-host': 'other.test' };
    expect(status(['127.0.0.1'], named)).to.equal(403);
  });
});

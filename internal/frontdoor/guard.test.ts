import { IncomingMessage, type IncomingHttpHeaders } from 'node:http';
import { Socket } from 'node:net';

import { expect } from 'chai';

import { createGuard, type Tokens } from './app.ts';
import { Problem } from './problem.ts';

const open: Tokens = { write: [], read: [] };

/** The status that the guard answers with; 200 if it lets the request pass. */
function verdict(tokens: Tokens, method: string, headers: IncomingHttpHeaders = {}, url = '/event'): number {
  const request = Object.assign(new IncomingMessage(new Socket()), { method, url, headers });
  try {
    createGuard(tokens, new Set(['/health', '/ready']))(request);
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
});

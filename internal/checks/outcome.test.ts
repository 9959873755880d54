import { expect } from 'chai';

import { errorOf, outcomeOf } from './outcome.ts';
import { AskTimeoutError } from '../outgoing/ask.ts';
import { targetAt } from './testing/target-at.ts';

const outcomeOfCode = (code: unknown) => outcomeOf({ error: Object.assign(new Error('no'), { code }) });

describe('the outcome of a probe', () => {
  const expected: Readonly<Record<string, string>> = {
    EHOSTUNREACH: 'unreachable',
    ENETUNREACH: 'unreachable',
    EAI_AGAIN: 'dns',
    ENOTFOUND: 'dns',
    ETIMEDOUT: 'timeout',
    EPIPE: 'reset',
    CERT_HAS_EXPIRED: 'tls',
    ERR_TLS_CERT_ALTNAME_INVALID: 'tls',
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls',
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls',
    SELF_SIGNED_CERT_IN_CHAIN: 'tls',
    ERR_SSL_WRONG_VERSION_NUMBER: 'tls',
    HPE_INVALID_CONSTANT: 'malformed',
    EMFILE: 'failed',
    constructor: 'failed',
  };
  for (const [code, outcome] of Object.entries(expected)) {
    it(`of ${code} is "${outcome}"`, () => {
      expect(outcomeOfCode(code)).to.equal(outcome);
    });
  }

  it('is "failed" of whatever else was thrown', () => {
    for (const error of [undefined, null, 'text', new Error('no code'), { code: 'EPIPE' }]) {
      expect(outcomeOf({ error })).to.equal('failed');
    }
    expect(outcomeOfCode(7)).to.equal('failed');
  });

  it('is a failure unless it is 2xx or 3xx', () => {
    const hasFailed = (code: number) => errorOf({ code, body: '' }, targetAt('http://a')) !== null;
    const fine = [200, 204, 299, 300, 304, 399];
    const failed = [0, 101, 199, 400, 404, 500, 999];
    expect(fine.filter(hasFailed)).to.deep.equal([]);
    expect(failed.filter((code) => !hasFailed(code))).to.deep.equal([]);
    expect(errorOf({ error: undefined }, targetAt('http://a'))).to.equal('It could not be asked.');
  });
});

describe('what went wrong, in words', () => {
  const status = [
    { from: 200, to: 299 },
    { from: 401, to: 401 },
  ];
  const target = targetAt('http://a', { timeoutMs: 4000, status, bodyContains: 'all is well' });
  const tell = (end: Parameters<typeof errorOf>[0]) => errorOf(end, target);

  it('is what is expected and did not come', () => {
    expect(tell({ code: 401, body: 'Here, all is well.' })).to.equal(null);
    expect(tell({ code: 302, body: 'all is well' })).to.equal('The status is 302, not 200–299, 401.');
    expect(tell({ code: 200, body: 'nothing is' })).to.equal('The body does not contain “all is well”.');
  });

  it('is what the system says, and of several addresses what it says of the first', () => {
    expect(tell({ error: new AskTimeoutError() })).to.equal('No whole response in time: 4 s.');
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
    expect(tell({ error: refused })).to.equal('Nobody listens there: connect ECONNREFUSED 127.0.0.1:1.');
    const both = Object.assign(new AggregateError([refused, new Error('other')]), { code: 'ECONNREFUSED' });
    expect(tell({ error: both })).to.equal(tell({ error: refused }));
    expect(tell({ error: new Error(`a\u0000b\n${'x'.repeat(1000)}`) })).to.match(
      /^It could not be asked: a b x{296}\.$/,
    );
  });
});

import { expect } from 'chai';

import { hasFailed } from './check.ts';
import { outcomeOf } from './probe.ts';

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
    const fine = [200, 204, 299, 300, 304, 399];
    const failed = [null, 0, 101, 199, 400, 404, 500, 999];
    expect(fine.filter((code) => hasFailed({ code }))).to.deep.equal([]);
    expect(failed.filter((code) => !hasFailed({ code }))).to.deep.equal([]);
  });
});

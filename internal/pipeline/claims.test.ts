import { expect } from 'chai';

import { pipelineClaims, refuseSharedClaims } from './claims.ts';

describe('what features claim', () => {
  it('is granted where everybody has its own', () => {
    refuseSharedClaims([
      pipelineClaims,
      { locks: [{ name: 'a', number: 1001 }], problems: [{ code: 'a', title: 'A' }], unavailable: ['a'] },
      { locks: [{ name: 'b', number: 1002 }], problems: [{ code: 'b', title: 'A' }], unavailable: ['b'] },
    ]);
  });

  it('is refused, all at once, where two have the same, or one has what the pipeline has', () => {
    expect(() =>
      refuseSharedClaims([
        pipelineClaims,
        { locks: [{ name: 'a', number: 1001 }], unavailable: ['stopping'] },
        { locks: [{ name: 'b', number: 1001 }], problems: [{ code: 'not-found', title: 'Nothing' }] },
        { locks: [{ name: 'a', number: 1002 }] },
      ]),
    ).to.throw('claimed twice: lock a, lock number 1001, problem not-found, code stopping');
  });
});

import { expect } from 'chai';
import fc from 'fast-check';

import { fromPayload, toPayloads, type Announcement } from './announcement.ts';

const names = fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 255 }), {
  maxLength: 200,
});

function keysOf({ keys }: Announcement): string[] {
  return keys === 'all' ? ['all'] : [...keys];
}

describe('an announcement', () => {
  it('says the same keys once it is received, in payloads that PostgreSQL takes', () => {
    fc.assert(
      fc.property(names, (keys) => {
        const payloads = toPayloads({ topic: 'services', keys: new Set(keys) });
        for (const payload of payloads) expect(Buffer.byteLength(payload)).to.be.below(8000);
        const received = payloads.map(fromPayload);
        const isAll = received.some(({ keys: some }) => some === 'all');
        if (isAll) expect(received).to.deep.equal([{ topic: 'services', keys: 'all' }]);
        else expect(received.flatMap(keysOf)).to.deep.equal(keys);
      }),
    );
  });

  it('of a few long names names each', () => {
    const keys = new Set(Array.from({ length: 100 }, (_, index) => `${'☂'.repeat(250)}${index}`));
    const received = toPayloads({ topic: 'services', keys }).map(fromPayload);
    expect(new Set(received.flatMap(keysOf))).to.deep.equal(keys);
    expect(received.length).to.be.above(5);
  });

  it('of more names than a few notifications hold says "all"', () => {
    const keys = new Set(Array.from({ length: 50_000 }, (_, index) => `service ${index}`));
    expect(toPayloads({ topic: 'services', keys })).to.deep.equal(['{"topic":"services","keys":"all"}']);
  });

  it('that is none is not understood', () => {
    expect(() => fromPayload('')).to.throw();
    expect(() => fromPayload('{"topic":1,"keys":[]}')).to.throw();
  });
});

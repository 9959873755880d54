import { expect } from 'chai';
import fc from 'fast-check';

import { Slice } from './item.ts';
import { skipString } from './json.ts';
import { Texts } from './texts.ts';

/** The texts of a JSON array of strings, found one by one. */
function textsIn(strings: readonly string[], texts = new Texts()): string[] {
  const json = Buffer.from(JSON.stringify(strings));
  let at = 1;
  return strings.map(() => {
    const slice = new Slice();
    slice.from = at;
    slice.to = skipString(json, at);
    at = slice.to + 1;
    return texts.of(json, slice);
  });
}

describe('the texts of bodies', () => {
  it('are those of its strings, repeated or not, whatever they hold', () => {
    const arbitrary = fc.array(
      fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a', 'b', 'aa', '', '☂')),
    );
    fc.assert(
      fc.property(arbitrary, (strings) => {
        expect(textsIn(strings)).to.deep.equal(strings);
      }),
      { numRuns: 500 },
    );
  });

  it('are told apart when there are many, and when they are long', () => {
    const many = Array.from({ length: 5000 }, (_, index) => `service ${index}`);
    const long = ['x'.repeat(300), 'x'.repeat(301), 'x'.repeat(300)];
    const strings = [...many, ...long, ...many];
    expect(textsIn(strings)).to.deep.equal(strings);
  });

  it('are the same from one body to the next, also when there were too many to know', () => {
    const texts = new Texts();
    const bodies = Array.from({ length: 5 }, (_, body) =>
      Array.from({ length: 9000 }, (_, index) => `service ${(body % 3) * 5000 + index}`),
    );
    for (const strings of bodies) expect(textsIn(strings, texts)).to.deep.equal(strings);
  });

  it('are right although many were made to have hashes that end alike', () => {
    const endsIn = (text: string) => {
      let hash = 0x811c9dc5;
      for (const byte of Buffer.from(JSON.stringify(text))) hash = Math.imul(hash ^ byte, 0x01000193);
      return hash & 0xff;
    };
    const alike = Array.from({ length: 30_000 }, (_, index) => `${index}`).filter(
      (text) => endsIn(text) === 7,
    );
    expect(alike.length).to.be.above(64);
    const texts = new Texts();
    expect(textsIn(alike, texts)).to.deep.equal(alike);
    expect(textsIn(['web', ...alike], texts)).to.deep.equal(['web', ...alike]);
  });
});

import { expect } from 'chai';
import fc from 'fast-check';

import { Slice } from './item.ts';
import { skipString } from './json.ts';
import { Texts } from './texts.ts';

/** The texts of a JSON array of strings, found one by one. */
function textsIn(strings: readonly string[]): string[] {
  const json = Buffer.from(JSON.stringify(strings));
  const texts = new Texts(json);
  let at = 1;
  return strings.map(() => {
    const slice = new Slice();
    slice.from = at;
    slice.to = skipString(json, at);
    at = slice.to + 1;
    return texts.of(slice);
  });
}

describe('the texts of a body', () => {
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
});

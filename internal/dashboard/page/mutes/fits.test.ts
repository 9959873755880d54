import { expect } from 'chai';

import { parseSearch } from '../services/search.ts';
import { fits, searchOf } from './fits.ts';

describe('whether a name fits the pattern of a mute', () => {
  for (const [pattern, name, isFit] of [
    ['web', 'web', true],
    ['web', 'web-1', false],
    ['web-*', 'web-', true],
    ['*-db', 'orders-db', true],
    ['*-db', 'orders-db2', false],
    ['a?c', 'a☂c', true],
    ['a?c', 'a🚲c', true],
    ['a?c', 'ac', false],
    ['*', 'anything', true],
    ['a*b*c', 'a-b-b-c', true],
    ['.*', 'ab', false],
    ['a b/c\\d-$*', 'a b/c\\d-$1', true],
    ['[ab](c)+{1}', 'ac', false],
  ] as const) {
    it(`is ${isFit ? 'so' : 'not so'} for ${pattern} and ${name}`, () => {
      expect(fits(pattern, name)).to.equal(isFit);
      expect(parseSearch(searchOf(pattern))).to.have.property('fault', undefined);
      expect(parseSearch(searchOf(pattern)).passes(name), 'by the search of the list').to.equal(isFit);
    });
  }

  it('is found at once, whatever the pattern', () => {
    expect(fits(`${'*a'.repeat(100)}b`, 'a'.repeat(255))).to.equal(false);
  });
});

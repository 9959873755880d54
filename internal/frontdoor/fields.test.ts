import { expect } from 'chai';

import { nameFault } from './fields.ts';

describe('nameFault', () => {
  it('counts characters, not UTF-16 units', () => {
    for (const character of ['a', 'ï', '☂', '\u{1f600}']) {
      expect(nameFault(character.repeat(255))).to.equal(undefined);
      expect(nameFault(character.repeat(256))).to.equal('must be at most 255 characters');
    }
  });

  it('refuses each of the 65 control characters, wherever it stands', () => {
    const codes = Array.from({ length: 256 }, (_, code) => code);
    const refused = codes.filter((code) => nameFault(`a${String.fromCharCode(code)}`) !== undefined);
    expect(refused).to.deep.equal(codes.filter((code) => code < 0x20 || (code >= 0x7f && code < 0xa0)));
  });

  it('refuses halves of a surrogate pair and takes whole ones', () => {
    expect(nameFault('\ud83d')).to.equal('must not contain lone surrogates');
    expect(nameFault('a\ude00')).to.equal('must not contain lone surrogates');
    expect(nameFault('\ud83d\ude00')).to.equal(undefined);
  });
});

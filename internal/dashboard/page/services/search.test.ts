import { expect } from 'chai';

import { parseSearch } from './search.ts';

const names = ['web-shop', 'web-blog', 'api-shop', 'Two Words', '-minus', 'a/b/'];
const found = (text: string) => names.filter(parseSearch(text).passes);

describe('a search', () => {
  it('finds names that hold each of its words, and none that holds one after a minus', () => {
    expect(found('')).to.deep.equal(names);
    expect(found('  SHOP  web ')).to.deep.equal(['web-shop']);
    expect(found('shop -api')).to.deep.equal(['web-shop']);
    expect(found('-web -shop -')).to.deep.equal(['Two Words', '-minus', 'a/b/']);
  });

  it('takes what stands in quotes as it is', () => {
    expect(found('"two words"')).to.deep.equal(['Two Words']);
    expect(found('"-minus"')).to.deep.equal(['-minus']);
    expect(found('-"o w" -- words')).to.deep.equal([]);
  });

  it('takes regular expressions, and says which is none', () => {
    expect(found('/^web-(shop|blog)$/ -/SHOP/')).to.deep.equal(['web-blog']);
    expect(found('/two w/')).to.deep.equal(['Two Words']);
    expect(found('/a\\/b/')).to.deep.equal(['a/b/']);
    expect(found('a/b/')).to.deep.equal(['a/b/']);
    expect(parseSearch('web /(/').fault).to.equal('/(/ is no regular expression');
    expect(found('web /(/')).to.deep.equal(['web-shop', 'web-blog']);
    // Not finished yet.
    expect(parseSearch('/(').fault).to.equal(undefined);
  });
});

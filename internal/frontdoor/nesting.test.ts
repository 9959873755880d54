import { expect } from 'chai';

import { MAX_NESTING, nestsTooDeep } from './nesting.ts';

const tooDeep = (json: string) => nestsTooDeep(Buffer.from(json));
const arrays = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

describe('the bound on nesting', () => {
  it('is exact, for arrays, objects and both', () => {
    expect(tooDeep(arrays(MAX_NESTING))).to.equal(false);
    expect(tooDeep(arrays(MAX_NESTING + 1))).to.equal(true);
    const mixed = (pairs: number) => `${'{"a":['.repeat(pairs)}${']}'.repeat(pairs)}`;
    expect(tooDeep(mixed(MAX_NESTING / 2))).to.equal(false);
    expect(tooDeep(mixed(MAX_NESTING / 2 + 1))).to.equal(true);
  });

  it('counts what is open, not what there is', () => {
    expect(tooDeep(`[${'[],{},'.repeat(MAX_NESTING)}0]`)).to.equal(false);
  });

  it('does not look into text, whatever it escapes', () => {
    const text = '[{'.repeat(MAX_NESTING);
    expect(tooDeep(`["${text}"]`)).to.equal(false);
    expect(tooDeep(`["\\"${text}\\\\"]`)).to.equal(false);
    expect(tooDeep(`["\\\\",${arrays(MAX_NESTING)}]`)).to.equal(true);
  });
});

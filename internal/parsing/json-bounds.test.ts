import { expect } from 'chai';

import { jsonBoundsFault, MAX_NESTING, MAX_VALUES } from './json-bounds.ts';

const fault = (json: string) => jsonBoundsFault(Buffer.from(json));
const arrays = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

describe('the bound on nesting', () => {
  const tooDeep = `nests deeper than ${MAX_NESTING} levels`;

  it('is exact, for arrays, objects and both', () => {
    expect(fault(arrays(MAX_NESTING))).to.equal(undefined);
    expect(fault(arrays(MAX_NESTING + 1))).to.equal(tooDeep);
    const mixed = (pairs: number) => `${'{"a":['.repeat(pairs)}${']}'.repeat(pairs)}`;
    expect(fault(mixed(MAX_NESTING / 2))).to.equal(undefined);
    expect(fault(mixed(MAX_NESTING / 2 + 1))).to.equal(tooDeep);
  });

  it('counts what is open, not what there is', () => {
    expect(fault(`[${'[],{},'.repeat(MAX_NESTING)}0]`)).to.equal(undefined);
  });

  it('does not look into text, whatever it escapes', () => {
    const text = '[{'.repeat(MAX_NESTING);
    expect(fault(`["${text}"]`)).to.equal(undefined);
    expect(fault(`["\\"${text}\\\\"]`)).to.equal(undefined);
    expect(fault(`["\\\\",${arrays(MAX_NESTING)}]`)).to.equal(tooDeep);
  });
});

describe('the bound on values', () => {
  const tooMany = `holds more than ${MAX_VALUES} values`;

  it('is exact, for numbers and for empty objects, which count twice', () => {
    expect(fault(`[${'1,'.repeat(MAX_VALUES - 1)}1]`)).to.equal(undefined);
    expect(fault(`[${'1,'.repeat(MAX_VALUES)}1]`)).to.equal(tooMany);
    expect(fault(`[${'{},'.repeat(MAX_VALUES / 2 - 1)}{}]`)).to.equal(undefined);
    expect(fault(`[${'{},'.repeat(MAX_VALUES / 2)}{}]`)).to.equal(tooMany);
  });

  it('does not look into text', () => {
    expect(fault(`["${','.repeat(MAX_VALUES + 1)}"]`)).to.equal(undefined);
  });
});

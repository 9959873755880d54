import { expect } from 'chai';

import { Problem } from '../frontdoor/problem.ts';
import { jsonBoundsFault, MAX_NESTING, MAX_VALUES, parseJson } from './json.ts';

const fault = (json: string) => jsonBoundsFault(Buffer.from(json));
const arrays = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

function refusalOf(body: string | Buffer): string {
  try {
    parseJson(Buffer.from(body));
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
  throw new Error('it was taken');
}

describe('parsing a body as JSON', () => {
  it('reads any value, with blanks around it and with a byte order mark', () => {
    expect(parseJson(Buffer.from(' {"a":[1,"☂"]}\n'))).to.deep.equal({ a: [1, '☂'] });
    expect(parseJson(Buffer.from('\ufeff{"a":1}'))).to.deep.equal({ a: 1 });
  });

  it('refuses what it cannot read, and quotes none of it', () => {
    expect(refusalOf('')).to.equal('The body is empty; JSON is needed.');
    expect(refusalOf(' \n')).to.equal('The body is empty; JSON is needed.');
    expect(refusalOf('{"secret":')).to.match(/^The body is not valid JSON[^"]*\.$/);
    expect(refusalOf('{"secret":')).not.to.contain('secret');
    expect(refusalOf(Buffer.from([0x22, 0xff, 0x22]))).to.equal('The body is not valid UTF-8.');
  });

  it('refuses what is too deep or too wide before it is parsed', () => {
    expect(refusalOf('['.repeat(1_000_000))).to.contain('nests deeper');
    expect(refusalOf(`[${'{},'.repeat(1_000_000)}{}]`)).to.contain('values');
  });
});

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

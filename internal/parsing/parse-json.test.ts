import { expect } from 'chai';

import { Problem } from '../frontdoor/problem.ts';
import { parseJson } from './parse-json.ts';

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

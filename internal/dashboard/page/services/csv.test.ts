import { expect } from 'chai';

import { csvOf } from './csv.ts';

describe('a table as CSV', () => {
  it('comes back as it was, and holds no formulas', () => {
    const rows = [
      ['name', 'since'],
      ['a, "b"\nc', 7],
      ['=1+1', undefined],
      ['-web', -1],
    ];
    expect(csvOf(rows)).to.equal('name,since\r\n"a, ""b""\nc",7\r\n\'=1+1,\r\n\'-web,-1\r\n');
  });
});

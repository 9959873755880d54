import { expect } from 'chai';

import { visibleRows } from './visible-rows.ts';

describe('the rows that are there', () => {
  it('are those in sight and a few beside them, however many there are', () => {
    expect(visibleRows(10_000, 40, 40_000, 800)).to.deep.equal({ first: 992, last: 1028 });
  });

  it('stay within the list', () => {
    expect(visibleRows(5, 40, 0, 800)).to.deep.equal({ first: 0, last: 5 });
    expect(visibleRows(5, 40, 40_000, 800)).to.deep.equal({ first: 5, last: 5 });
    expect(visibleRows(0, 40, 0, 800)).to.deep.equal({ first: 0, last: 0 });
  });
});

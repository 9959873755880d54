import { expect } from 'chai';

import { holeSecondsOf, withHoles } from './holes.ts';

describe('lines over time', () => {
  it('end where nothing is known, and begin again behind it', () => {
    const times = [0, 10, 20, 100, 110];
    const lines = [
      [1, 2, null, 4, 5],
      [5, 4, 3, 2, 1],
    ];
    expect(withHoles({ times, lines }, 15)).to.deep.equal({
      times: [0, 10, 20, 60, 100, 110],
      lines: [
        [1, 2, null, null, 4, 5],
        [5, 4, 3, null, 2, 1],
      ],
    });
    expect(withHoles({ times, lines }, 80)).to.deep.equal({ times, lines });
    expect(withHoles({ times: [], lines: [[]] }, 1)).to.deep.equal({ times: [], lines: [[]] });
  });

  it('have holes where more than a step is missing, or more than at least', () => {
    expect(holeSecondsOf([0, 60, 120, 600], 30)).to.equal(90);
    expect(holeSecondsOf([0, 1, 2], 300)).to.equal(300);
    for (const few of [[], [7]]) expect(holeSecondsOf(few, 5)).to.equal(Infinity);
  });
});

import { expect } from 'chai';

import { isIn, pan, queryOf, spanOf, zoom } from './span.ts';

const NOW = 1_700_000_000;

describe('the span of a timeline', () => {
  it('is the last hour at first, and moves along', () => {
    expect(spanOf({}, NOW)).to.deep.equal({ from: NOW - 3600, to: NOW, follows: true });
    expect(spanOf({ span: '60' }, NOW + 5)).to.deep.equal({ from: NOW - 55, to: NOW + 5, follows: true });
  });

  it('stands still where the URL names both ends, and is what it was before when they make no sense', () => {
    expect(spanOf({ from: '100', to: '200' }, NOW)).to.deep.equal({ from: 100, to: 200, follows: false });
    expect(spanOf({ from: '300', to: '200' }, NOW).follows).to.equal(true);
    expect(spanOf({ span: 'x' }, NOW).from).to.equal(NOW - 3600);
  });

  it('comes back from the URL that it is written to', () => {
    const fixed = { from: NOW - 500, to: NOW - 100 };
    expect(spanOf(queryOf(fixed, NOW), NOW)).to.deep.equal({ ...fixed, follows: false });
    expect(spanOf(queryOf({ from: NOW - 7200, to: NOW }, NOW), NOW)).to.deep.equal({
      from: NOW - 7200,
      to: NOW,
      follows: true,
    });
    expect(queryOf({ from: NOW - 3600, to: NOW }, NOW)).to.deep.equal({ from: '', to: '', span: '' });
  });

  it('keeps its length in the URL, wherever it is moved', () => {
    for (let moved = 0; moved < 1; moved += 0.1) {
      const { from, to } = queryOf({ from: NOW - 500 - moved, to: NOW - 440 - moved }, NOW);
      expect(Number(to) - Number(from)).to.equal(60);
    }
  });

  it('zooms around the place that is pointed at, down to a minute', () => {
    expect(zoom({ from: 1000, to: 2000 }, 0.5, 0.25)).to.deep.equal({ from: 1125, to: 1625 });
    const closest = zoom({ from: 1000, to: 1080 }, 0.01, 0.5);
    expect(closest.to - closest.from).to.equal(60);
  });

  it('moves, but not past now', () => {
    expect(pan({ from: 1000, to: 2000 }, -0.5, NOW)).to.deep.equal({ from: 500, to: 1500 });
    expect(pan({ from: NOW - 1000, to: NOW - 100 }, 1, NOW)).to.deep.equal({ from: NOW - 900, to: NOW });
  });

  it('has in it what lies neither before nor behind it', () => {
    const within = { from: 1000, to: 2000 };
    const ends = [[500, 1000], [500, 1001], [1500, null], [1999, 3000], [2000, null]] as const; // prettier-ignore
    expect(ends.map(([start, end]) => isIn(within, { start, end }))).to.deep.equal([
      ...[false, true, true, true, false],
    ]);
  });
});

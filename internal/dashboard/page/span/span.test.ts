import { expect } from 'chai';

import { askedOf, isIn, lengthOf, pan, partOf, queryOf, spanOf, titleOf, zoom } from './span.ts';

const NOW = 1_700_000_000;

describe('the span of a timeline', () => {
  it('is the usual one at first, and moves along', () => {
    expect(spanOf({}, NOW, 3600)).to.deep.equal({ from: NOW - 3600, to: NOW, follows: true });
    expect(spanOf({ span: '60' }, NOW + 5, 3600)).to.deep.equal({
      from: NOW - 55,
      to: NOW + 5,
      follows: true,
    });
  });

  it('stands still where the URL names both ends, and is what it was before when they make no sense', () => {
    expect(spanOf({ from: '100', to: '200' }, NOW, 3600)).to.deep.equal({
      from: 100,
      to: 200,
      follows: false,
    });
    expect(spanOf({ from: '300', to: '200' }, NOW, 3600).follows).to.equal(true);
    expect(spanOf({ span: 'x' }, NOW, 3600).from).to.equal(NOW - 3600);
  });

  it('comes back from the URL that it is written to', () => {
    const fixed = { from: NOW - 500, to: NOW - 100 };
    expect(spanOf(queryOf(fixed, NOW), NOW, 3600)).to.deep.equal({ ...fixed, follows: false });
    expect(spanOf(queryOf({ from: NOW - 7200, to: NOW }, NOW), NOW, 3600)).to.deep.equal({
      from: NOW - 7200,
      to: NOW,
      follows: true,
    });
    expect(queryOf({ from: NOW - 3600, to: NOW }, NOW)).to.deep.equal({ from: '', to: '', span: '3600' });
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

  it('is zoomed into what is marked from either end; what reaches its end goes on to follow now', () => {
    const within = { from: 1000, to: 2000 };
    expect(partOf(within, 0.5, 0.25)).to.deep.equal({ from: 1250, to: 1500 });
    expect(partOf(within, 0.5, 0.999)).to.deep.equal({ from: 1500, to: 2000 });
    expect(partOf(within, -0.1, 0.5).from).to.equal(1000);
  });

  it('is asked for as it was for a while, a minute at most, also while it moves along', () => {
    const at = (now: number, span: string) => askedOf(spanOf({ span }, now, 3600));
    expect(at(NOW, '900')).to.deep.equal({ from: String(NOW - 900), to: '' });
    expect(at(NOW + 9, '900')).to.deep.equal(at(NOW, '900'));
    expect(Number(at(NOW + 60, '2592000').from) - Number(at(NOW, '2592000').from)).to.equal(60);
    expect(askedOf({ from: 1.5, to: 2.5, follows: false })).to.deep.equal({ from: '1', to: '3' });
  });

  it('is told in words, those of its button if it has one', () => {
    const span = (seconds: number) => ({ from: NOW - seconds, to: NOW, follows: true });
    expect([86_400, 7200].map((seconds) => [titleOf(span(seconds)), lengthOf(span(seconds))])).to.deep.equal([
      ['the last 24 hours', '24 h'],
      ['the last 2 h 00 min', '2 h 00 min'],
    ]);
    expect(titleOf({ ...span(60), follows: false })).to.equal('the span');
  });

  it('has in it what lies neither before nor behind it', () => {
    const within = { from: 1000, to: 2000 };
    const ends = [[500, 1000], [500, 1001], [1500, null], [1999, 3000], [2000, null]] as const; // prettier-ignore
    expect(ends.map(([start, end]) => isIn(within, { start, end }))).to.deep.equal([
      ...[false, true, true, true, false],
    ]);
  });
});

import { expect } from 'chai';
import fc from 'fast-check';

import { covers, layOutBar, type Interval, type Timeline } from './bar.ts';

/** All that there is of a service, seen just now. */
const known = (intervals: readonly Interval[], to = 1100): Timeline => ({ from: 0, to, intervals });
const span = { from: 1000, to: 1100, now: 1100, provisionalSeconds: 11 };

describe('a timeline bar', () => {
  it('is proportional to time, idle where nothing is, and touches now where something goes on', () => {
    const bar = layOutBar(
      known([
        { state: 'deploy', start: 1010, end: 1030 },
        { state: 'issue', start: 1090, end: null },
      ]),
      span,
      500,
    );
    expect(bar.pieces).to.deep.equal([
      { state: 'idle', x: 0, width: 50 },
      { state: 'deploy', x: 50, width: 100 },
      { state: 'idle', x: 150, width: 300 },
      { state: 'issue', x: 450, width: 50 },
    ]);
    expect(bar.provisionalX).to.equal(445);
  });

  it('ends where anything is known to end, if the data is old', () => {
    const bar = layOutBar(known([{ state: 'issue', start: 1040, end: null }]), { ...span, now: 1050 }, 100);
    expect(bar.pieces.at(-1)).to.deep.equal({ state: 'issue', x: 40, width: 10 });
    expect(bar.nowX).to.equal(50);
  });

  it('shows what is too short to be seen, also at its very end', () => {
    const day = { from: 0, to: 86_400, now: 86_400, provisionalSeconds: 11 };
    const bar = layOutBar(known([{ state: 'issue', start: 86_399, end: null }], 86_400), day, 300);
    expect(bar.pieces.at(-1)).to.deep.equal({ state: 'issue', x: 298, width: 2 });
  });

  it('is unknown where nothing is told, and not idle', () => {
    expect(layOutBar(undefined, span, 100)).to.deep.equal({
      pieces: [{ state: 'unknown', x: 0, width: 100 }],
      provisionalX: 100,
      nowX: 100,
    });
    const part: Timeline = {
      from: 1020,
      to: 1060,
      intervals: [{ state: 'deploy', start: 1030, end: 1040 }],
    };
    expect(layOutBar(part, span, 100).pieces).to.deep.equal([
      { state: 'unknown', x: 0, width: 20 },
      { state: 'idle', x: 20, width: 10 },
      { state: 'deploy', x: 30, width: 10 },
      { state: 'idle', x: 40, width: 20 },
      { state: 'unknown', x: 60, width: 40 },
    ]);
    expect([covers(part, span, span.now), covers(part, { from: 1025, to: 1055 }, span.now)]).to.deep.equal([
      false,
      true,
    ]);
  });

  it('goes on as it was for some seconds, until the next answer, and no longer', () => {
    const issue: Timeline = { from: 0, to: 1085, intervals: [{ state: 'issue', start: 900, end: null }] };
    expect(layOutBar(issue, span, 100).pieces).to.deep.equal([{ state: 'issue', x: 0, width: 100 }]);
    expect(layOutBar({ ...issue, to: 1070 }, span, 100).pieces).to.deep.equal([
      { state: 'issue', x: 0, width: 70 },
      { state: 'unknown', x: 70, width: 30 },
    ]);
  });

  it('has nothing that late reports may change where its span is past', () => {
    expect(layOutBar(known([], 1100), { ...span, now: 5000 }, 100).provisionalX).to.equal(100);
    expect(layOutBar(known([], 1100), { ...span, now: 1105 }, 100).provisionalX).to.equal(94);
  });

  it('shows the share where many intervals crowd, each of which is too short to be seen', () => {
    const day = { from: 0, to: 86_400, now: 86_400, provisionalSeconds: 11 };
    // Five seconds every 144: 3.5 % of the time.
    const flapping = Array.from({ length: 600 }, (_, index): Interval => ({
      ...{ state: 'issue', start: 144 * index, end: 144 * index + 5 },
    }));
    const { pieces } = layOutBar(known(flapping, 86_400), day, 1200);
    const shown = pieces.reduce(
      (sum, { state, width, share }) => sum + (state === 'issue' ? width * (share ?? 1) : 0),
      0,
    );
    expect(shown / 1200).to.be.closeTo(5 / 144, 0.001);
    // Far enough from each other each is seen by itself.
    const seldom = flapping.filter((_, index) => index % 10 === 0);
    expect(
      layOutBar(known(seldom, 86_400), day, 1200).pieces.some(({ share }) => share !== undefined),
    ).to.equal(false);
    const among = layOutBar(
      known([...flapping.slice(0, 3), { state: 'deploy', start: 500, end: 40_000 }], 86_400),
      day,
      1200,
    );
    expect(among.pieces.map(({ state, share }) => [state, share !== undefined])).to.deep.equal([
      ['issue', true],
      ['idle', false],
      ['deploy', false],
      ['idle', false],
    ]);
  });

  it('has no holes and stays in its place, and hides no issue behind deploys, whatever the history', () => {
    const arbitraryHistory = fc
      .array(
        fc.record({
          state: fc.constantFrom('deploy', 'issue'),
          gap: fc.nat(40),
          length: fc.integer({ min: 1, max: 60 }),
        }),
        { maxLength: 40 },
      )
      .map((parts) => {
        let at = 900;
        return parts.map(({ state, gap, length }): Interval => {
          const start = at + gap;
          at = start + length;
          return { state, start, end: at };
        });
      });
    fc.assert(
      fc.property(arbitraryHistory, fc.integer({ min: 4, max: 700 }), (intervals, width) => {
        const { pieces } = layOutBar(known(intervals), span, width);
        let x = 0;
        for (const piece of pieces) {
          expect(piece.x).to.be.closeTo(x, 1e-9);
          expect(piece.width).to.be.above(0);
          x = piece.x + piece.width;
        }
        expect(x).to.be.closeTo(width, 1e-9);
        const scale = width / 100;
        for (const { state, start, end } of intervals) {
          if (state !== 'issue' || start >= 1100 || (end ?? 0) <= 1000) continue;
          const left = Math.max(0, (start - 1000) * scale);
          const isShown = pieces.some(
            (piece) =>
              piece.state === 'issue' &&
              piece.x <= left + 2 &&
              piece.x + piece.width >= Math.min(left, width - 2),
          );
          expect(isShown, `the issue at ${start}`).to.equal(true);
        }
      }),
    );
  });

  it('of steps is as high as their shares, idle between them, and goes on as the last was', () => {
    const step = (start: number, deploySeconds: number, issueSeconds: number) => ({
      ...{ start, end: start + 10, deploySeconds, issueSeconds, deploys: 1, issues: 1 },
    });
    const steps = [step(995, 5, 5), step(1005, 5, 0), step(1040, 0, 10), step(1088, 0, 2)];
    const bar = layOutBar({ from: 900, to: 1098, intervals: [], steps }, span, 100);
    expect(bar.pieces).to.deep.equal([
      { state: 'issue', x: 0, width: 5, share: 0.5 },
      { state: 'deploy', x: 5, width: 10, share: 0.5 },
      { state: 'idle', x: 15, width: 25 },
      { state: 'issue', x: 40, width: 10, share: 1 },
      { state: 'idle', x: 50, width: 38 },
      { state: 'issue', x: 88, width: 10, share: 0.2 },
      { state: 'idle', x: 98, width: 2 },
    ]);
  });
});

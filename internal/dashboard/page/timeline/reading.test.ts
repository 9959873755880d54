import { expect } from 'chai';

import type { Timeline } from './bar.ts';
import { readAt, summaryOf, wordsOf } from './reading.ts';

const NOW = 1_700_000_000;
const timeline: Timeline = {
  from: NOW - 3600,
  to: NOW,
  intervals: [
    { state: 'deploy', start: NOW - 3600, end: NOW - 3500, isCutAtStart: true },
    { state: 'issue', start: NOW - 3000, end: NOW - 2400 },
    { state: 'issue', start: NOW - 303, end: null },
  ],
};
const words = (at: number, pixelSeconds = 3, of: Timeline | undefined = timeline) =>
  wordsOf(readAt(of, at, pixelSeconds, NOW), NOW, 'UTC');

describe('the reading of a bar', () => {
  it('tells state, from, to and duration', () => {
    expect(words(NOW - 2700)).to.equal('issue, 21:23:20 – 21:33:20, 10 min 00 s');
    expect(words(NOW - 10)).to.equal('issue, 22:08:17 – ongoing, 5 min 03 s');
    expect(words(NOW - 1000)).to.equal('idle, 21:33:20 – 22:08:17, 34 min 57 s');
    expect(words(NOW - 3550)).to.equal('deploy, 21:13:20 – 21:15:00, more than 1 min 40 s');
  });

  it('names the day where it is another one', () => {
    const yesterday = { ...timeline, from: NOW - 90_000 };
    expect(words(NOW - 90_000, 3, { ...yesterday, intervals: [] })).to.equal(
      'idle, 2023-11-13 21:13:20 – ongoing, more than 1 d 1 h',
    );
  });

  it('finds what was widened to be seen, and counts what cannot be told apart', () => {
    const flash = {
      ...timeline,
      intervals: [{ state: 'issue' as const, start: NOW - 1000, end: NOW - 998 }],
    };
    expect(words(NOW - 990, 6, flash)).to.equal('issue, 21:56:40 – 21:56:42, 2 s');
    const flapping = Array.from({ length: 20 }, (_, index) => ({
      ...{ state: 'issue' as const, start: NOW - 2000 + 50 * index, end: NOW - 1995 + 50 * index },
    }));
    expect(words(NOW - 1500, 50, { ...timeline, intervals: flapping })).to.match(
      /^6 × issue, 21:45:50 – 21:50:50, in issue 10.0 % of it$/,
    );
  });

  it('knows what is not known', () => {
    expect(words(NOW - 10, 3, { ...timeline, to: NOW - 1000, intervals: [] })).to.equal(
      'nothing is known here',
    );
    expect(words(NOW - 5000)).to.equal('nothing is known here');
    expect(wordsOf(readAt(undefined, NOW, 3, NOW), NOW, 'UTC')).to.equal('nothing is known here');
  });

  it('is a sentence for those who do not see the bar', () => {
    const hour = { from: NOW - 3600, to: NOW };
    expect(summaryOf(timeline, hour)).to.equal(
      '2 × issue, 15 min 03 s in all; 1 × deploy, 1 min 40 s in all',
    );
    expect(summaryOf({ ...timeline, intervals: [] }, hour)).to.equal('idle');
    expect(summaryOf(undefined, hour)).to.equal('nothing is known yet');
  });

  it('of steps counts what is near, and knows how long it was idle', () => {
    const step = (ago: number, issueSeconds: number) => ({
      ...{ start: NOW - ago, end: NOW - ago + 60, deploySeconds: 30, issueSeconds, deploys: 10, issues: 15 },
    });
    const flapping = { ...timeline, intervals: [], steps: [step(600, 30), step(540, 15), step(60, 6)] };
    expect(words(NOW - 541, 1, flapping)).to.equal(
      '30 × issue, 20 × deploy, 22:03:20 – 22:05:20, in issue 37.5 % of it',
    );
    expect(words(NOW - 200, 1, flapping)).to.equal('idle, 22:05:20 – 22:12:20, 7 min 00 s');
    expect(words(NOW - 2000, 1, flapping)).to.match(/^idle, 21:13:20 – 22:03:20, more than 50 min/);
    expect(summaryOf(flapping, { from: NOW - 3600, to: NOW })).to.equal(
      '45 × issue, 51 s in all; 30 × deploy, 1 min 30 s in all',
    );
  });
});

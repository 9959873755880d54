import { expect } from 'chai';
import fc from 'fast-check';

import { StatsTally, type Exclusion, type ServiceStats, type StatsSpan } from './stats.ts';
import type { Interval } from '../timeline.ts';

const HOUR = 3600;
const span: StatsSpan = { from: HOUR, to: 2 * HOUR, overBy: 2 * HOUR, withinSeconds: 600 };

const deploy = (start: number, end: number): Interval => ({ state: 'deploy', start, end });
const issue = (start: number, end: number): Interval => ({ state: 'issue', start, end });

function tell(
  intervals: readonly Interval[],
  of: StatsSpan = span,
): { stats: ServiceStats; excluded: [Interval, Exclusion][] } {
  const tally = new StatsTally(of, 100);
  for (const interval of intervals.toReversed()) tally.add(interval);
  const { excluded, excludedCount, ...stats } = tally.stats();
  expect(excludedCount).to.equal(excluded.length);
  return { stats, excluded: excluded.map(({ interval, reason }) => [interval, reason]) };
}

describe("a service's stats", () => {
  it('of nothing are all idle', () => {
    expect(tell([])).to.deep.equal({
      stats: {
        timeShare: { deploy: 0, issue: 0, idle: 1 },
        intervals: { deploy: 0, issue: 0 },
        meanIssueSeconds: null,
        longestIssueSeconds: null,
        soFar: {
          issues: 0,
          unfinished: 0,
          meanSeconds: null,
          longestSeconds: null,
          isLongestUnfinished: false,
        },
        deploysPerDay: 0,
        changeFailureRate: null,
        timeToRestoreSeconds: null,
      },
      excluded: [],
    });
  });

  it('share the time of the span, of intervals that reach beyond it only the part within', () => {
    const { stats, excluded } = tell([
      issue(0, HOUR + 360),
      deploy(5000, 5720),
      issue(2 * HOUR - 360, 2 * HOUR + 40),
      issue(9000, 9100),
    ]);
    expect(stats.timeShare).to.deep.equal({ deploy: 0.2, issue: 0.2, idle: 0.6 });
    expect(stats.intervals).to.deep.equal({ deploy: 1, issue: 1 });
    expect(excluded.map(([, reason]) => reason)).to.deep.equal([
      'begins before the span',
      'not over in the span',
    ]);
  });

  it('take mean and longest of the issues that are over', () => {
    const { stats } = tell([issue(4000, 4010), issue(4100, 4130), issue(7100, 7300)]);
    expect(stats).to.include({ meanIssueSeconds: 20, longestIssueSeconds: 30 });
  });

  it('tell so far of all issues, as long as they are seen, whatever goes on beyond the span', () => {
    const over = issue(4000, 4030);
    expect(tell([over]).stats.soFar).to.deep.equal({
      ...{ issues: 1, unfinished: 0, meanSeconds: 30, longestSeconds: 30, isLongestUnfinished: false },
    });
    const [before, ongoing] = [issue(100, HOUR + 10), issue(2 * HOUR - 200, 2 * HOUR + 500)];
    expect(tell([before, over, ongoing]).stats.soFar).to.deep.equal({
      ...{ issues: 3, unfinished: 2, meanSeconds: 80, longestSeconds: 200, isLongestUnfinished: true },
    });
    expect(tell([issue(100, 3 * HOUR)]).stats.soFar).to.include({ unfinished: 1, longestSeconds: HOUR });
    expect(tell([before, over]).stats.soFar).to.include({ longestSeconds: 30, isLongestUnfinished: false });
    // Late reports may still make it longer.
    expect(tell([over], { ...span, overBy: 4029 }).stats.soFar).to.include({ unfinished: 1 });
  });

  it('blame an issue on the last deploy before it, if that ended not too long ago', () => {
    const { stats, excluded } = tell([
      deploy(4000, 4010), // Judged by the next one's start.
      deploy(4020, 4030),
      issue(4630, 4650), // Just within.
      issue(4660, 4690), // That deploy has its issue.
      deploy(5000, 5010),
      issue(5611, 5700), // Just too late.
    ]);
    expect(stats.changeFailureRate).to.equal(1 / 3);
    expect(stats.timeToRestoreSeconds).to.equal(20);
    expect(stats.deploysPerDay).to.equal(72);
    expect(excluded).to.deep.equal([]);
  });

  it('do not judge a deploy before its time is over', () => {
    const last = deploy(6500, 6600);
    expect(tell([last]).stats.changeFailureRate).to.equal(null);
    expect(tell([last]).excluded).to.deep.equal([[last, 'too recent to be judged']]);
    expect(tell([last, issue(6700, 6710)]).stats.changeFailureRate).to.equal(1);
    expect(tell([deploy(6500, 6599)]).stats.changeFailureRate).to.equal(0);
  });

  it('count what late reports may still change as not over', () => {
    const recent = { ...span, overBy: 6999 };
    expect(tell([issue(6000, 6999)], recent).stats.meanIssueSeconds).to.equal(999);
    const { stats, excluded } = tell([deploy(5000, 5010), issue(5020, 7000)], recent);
    expect(stats).to.include({ meanIssueSeconds: null, changeFailureRate: 1, timeToRestoreSeconds: null });
    expect(excluded.map(([, reason]) => reason)).to.deep.equal(['not over in the span']);
  });

  it('are in bounds for any intervals', () => {
    const arbitrary = fc
      .array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 400 }), fc.integer({ min: 0, max: 400 })))
      .map((parts) => {
        let at = HOUR - 1000;
        return parts.map(([isIssue, length, gap]) => {
          const start = at + gap;
          at = start + length;
          return isIssue ? issue(start, at) : deploy(start, at);
        });
      });
    fc.assert(
      fc.property(arbitrary, (intervals) => {
        const { stats } = tell(intervals);
        const shares = Object.values(stats.timeShare);
        for (const share of shares) expect(share).to.be.within(0, 1);
        expect(shares.reduce((sum, share) => sum + share, 0)).to.be.closeTo(1, 1e-9);
        expect(stats.changeFailureRate ?? 0).to.be.within(0, 1);
        const { issues, meanSeconds, longestSeconds } = stats.soFar;
        expect(issues * (meanSeconds ?? 0)).to.be.closeTo(stats.timeShare.issue * HOUR, 1e-6);
        expect(longestSeconds ?? 0).to.be.at.least(stats.longestIssueSeconds ?? 0);
        expect(stats.longestIssueSeconds ?? 0).to.be.at.least(stats.meanIssueSeconds ?? 0);
        const within = intervals.filter(({ start }) => start >= span.from && start < span.to);
        expect(stats.intervals.deploy + stats.intervals.issue).to.equal(within.length);
      }),
    );
  });
});

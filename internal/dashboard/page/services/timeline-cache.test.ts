import { expect } from 'chai';

import { timelinePaths, timelinesOf } from './timeline-cache.ts';

describe('the answer to a question for timelines', () => {
  it('marks the intervals that it cuts', () => {
    const interval = (start_time: number, end_time: number | null) => ({
      state: 'issue' as const,
      start_time,
      end_time,
    });
    const intervals = [interval(100, 110), interval(120, 130), interval(190, 200), interval(195, null)];
    const answer = {
      now: 200,
      from: 100,
      to: 200,
      provisional_seconds: 11,
      timelines: [{ service_name: 'web', intervals }],
    };
    expect(timelinesOf(answer).get('web')).to.deep.equal({
      from: 100,
      to: 200,
      intervals: [
        { state: 'issue', start: 100, end: 110, isCutAtStart: true },
        { state: 'issue', start: 120, end: 130 },
        { state: 'issue', start: 190, end: 200, isCutAtEnd: true },
        { state: 'issue', start: 195, end: null },
      ],
    });
  });
});

describe('the answer in steps', () => {
  it('is of steps that end with the span', () => {
    const step = { start_time: 160, deploy_seconds: 0, issue_seconds: 30, deploys: 0, issues: 15 };
    const timelines = [{ service_name: 'web', steps: [step] }];
    const answer = { now: 200, from: 100, to: 200, provisional_seconds: 11, step: 60, timelines };
    expect(timelinesOf(answer).get('web')).to.deep.equal({
      from: 100,
      to: 200,
      steps: [{ start: 160, end: 200, deploySeconds: 0, issueSeconds: 30, deploys: 0, issues: 15 }],
      intervals: [],
    });
  });
});

describe('the questions for timelines', () => {
  const hour = { from: 0, to: 3600, follows: false };

  it('ask for all names, encoded', () => {
    expect(timelinePaths(['a/b', '☂ &'], { from: 12.9, to: 100, follows: true })).to.deep.equal([
      '/timelines?from=12&step=1&max_intervals=200&service=a%2Fb&service=%E2%98%82%20%26',
    ]);
    expect(timelinePaths([], hour)).to.deep.equal([]);
  });

  it('ask for steps that stay where they are while the span moves along', () => {
    const startOf = (now: number) =>
      /from=(\d+)&step=(\d+)/.exec(
        timelinePaths(['a'], { from: now - 86_400, to: now, follows: true })[0] ?? '',
      );
    const [, from, step] = startOf(1_700_000_000) ?? [];
    expect(step).to.equal('432');
    expect(Number(from) % 432).to.equal(0);
    expect(startOf(1_700_000_100)?.[1]).to.equal(from);
  });

  it('are split where one would be too long, or name too many', () => {
    const long = Array.from({ length: 60 }, (_, index) => `${'☂'.repeat(50)}${index}`);
    const paths = timelinePaths(long, hour);
    expect(paths.every((path) => path.length <= 6000)).to.equal(true);
    expect(paths.join('').match(/service=/g)).to.have.length(60);
    const many = timelinePaths(
      Array.from({ length: 150 }, (_, index) => String(index)),
      hour,
    );
    expect(many.map((path) => path.match(/service=/g)?.length)).to.deep.equal([53, 53, 44]);
  });

  it('are of fewer services, the longer the span is', () => {
    const paths = timelinePaths(
      Array.from({ length: 30 }, (_, index) => String(index)),
      { from: 0, to: 30 * 86_400, follows: true },
    );
    expect(paths.map((path) => path.match(/service=/g)?.length)).to.deep.equal([13, 13, 4]);
  });
});

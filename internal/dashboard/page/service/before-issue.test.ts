import { expect } from 'chai';

import { changesBeforeIssues, splitKnown } from './before-issue.ts';

const T = 1_700_000_000;
const record = (seconds: number, State: string) => ({
  Component: 'web',
  Environment: 'prod',
  State,
  Timestamp: new Date((T + seconds) * 1000).toISOString(),
});

describe('what changed before an issue', () => {
  it('is the last deploy and the records of the hour before it, the newest issue first', () => {
    const first = { state: 'issue', start: T + 100, end: T + 200 } as const;
    const second = { state: 'issue', start: T + 9000, end: null } as const;
    const older = { state: 'deploy', start: T + 10, end: T + 20 } as const;
    const deploy = { state: 'deploy', start: T + 50, end: T + 60 } as const;
    const records = [
      record(-4000, 'started'),
      record(90, 'started'),
      record(95, 'failed'),
      record(150, 'succeeded'),
    ];
    expect(changesBeforeIssues([older, deploy, first, second], records)).to.deep.equal([
      { issue: second, deploy: undefined, records: [] },
      { issue: first, deploy, records: [record(95, 'failed'), record(90, 'started')] },
    ]);
  });

  it('is told of the issues that have something before them; the others are counted', () => {
    const issues = Array.from({ length: 32 }, (_, index) => ({
      ...({ state: 'issue', start: T + 100 * index, end: T + 100 * index + 5 } as const),
    }));
    const { known, unknown } = splitKnown(changesBeforeIssues(issues, [record(3000, 'failed')]));
    expect({ known: known.map(({ issue }) => issue.start - T), unknown }).to.deep.equal({
      known: [3100, 3000],
      unknown: 30,
    });
  });

  it('is not known of an issue that began before what was asked for', () => {
    const cut = { state: 'issue', start: T, end: T + 10, isCutAtStart: true } as const;
    expect(changesBeforeIssues([cut], [])).to.deep.equal([]);
  });
});

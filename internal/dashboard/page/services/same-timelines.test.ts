import { expect } from 'chai';

import type { Interval, Timeline } from '../timeline/bar.ts';
import { asBefore } from './same-timelines.ts';

const issue: Interval = { state: 'issue', start: 110, end: 120 };
const step = { start: 100, end: 160, deploySeconds: 3, issueSeconds: 5, deploys: 1, issues: 2 };

function timeline(changes: Partial<Timeline> = {}): Timeline {
  return { from: 100, to: 200, intervals: [issue, { state: 'deploy', start: 130, end: null }], ...changes };
}

describe('a timeline that is told again', () => {
  it('is the object that told the same before, which is known for longer now', () => {
    const before = asBefore(undefined, timeline());
    const after = asBefore(before, timeline({ from: 105, to: 205 }));
    expect(after).to.equal(before);
    expect(after).to.deep.equal(timeline({ from: 105, to: 205 }));
    const inSteps = asBefore(undefined, timeline({ intervals: [], steps: [step] }));
    expect(asBefore(inSteps, timeline({ intervals: [], steps: [{ ...step }] }))).to.equal(inSteps);
  });

  const others: readonly Timeline[] = [
    timeline({ intervals: [] }),
    timeline({ intervals: [issue] }),
    timeline({ intervals: [issue, { state: 'deploy', start: 130, end: 190 }] }),
    timeline({ intervals: [issue, { state: 'issue', start: 130, end: null }] }),
    timeline({ intervals: [issue, { state: 'deploy', start: 131, end: null }] }),
    timeline({
      intervals: [
        { ...issue, isCutAtStart: true },
        { state: 'deploy', start: 130, end: null },
      ],
    }),
    timeline({
      intervals: [
        { ...issue, isCutAtEnd: true },
        { state: 'deploy', start: 130, end: null },
      ],
    }),
    timeline({ steps: [step] }),
    timeline({ from: 99 }),
  ];
  for (const [index, other] of others.entries()) {
    it(`is another one where something else is told (${index})`, () => {
      const before = asBefore(undefined, timeline());
      expect(asBefore(before, other)).to.deep.equal(other);
      expect(before).to.deep.equal(timeline());
    });
  }

  for (const property of ['start', 'end', 'deploySeconds', 'issueSeconds', 'deploys', 'issues'] as const) {
    it(`is another one where the ${property} of a step is`, () => {
      const before = asBefore(undefined, timeline({ intervals: [], steps: [step] }));
      const other = timeline({ intervals: [], steps: [{ ...step, [property]: 7 }] });
      expect(asBefore(before, other)).to.deep.equal(other).and.not.equal(before);
    });
  }
});

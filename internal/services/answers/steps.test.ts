import { expect } from 'chai';
import fc from 'fast-check';

import { StepTally, type Step } from './steps.ts';

const states = ['deploy', 'issue'] as const;

/** Intervals of a span, one after the other, with holes or none between. */
const arbitraryIntervals = fc
  .array(
    fc.record({
      state: fc.constantFrom(...states),
      hole: fc.nat(30),
      length: fc.integer({ min: 1, max: 40 }),
    }),
    {
      maxLength: 30,
    },
  )
  .map((parts) => {
    let at = 0;
    return parts.map(({ state, hole, length }) => ({ state, start: (at += hole), end: (at += length) }));
  });

describe('the steps of a span', () => {
  it('are what is counted second by second, whatever the intervals and however long the steps', () => {
    fc.assert(
      fc.property(
        arbitraryIntervals,
        fc.integer({ min: 1, max: 200 }),
        fc.nat(1_700_000_000),
        (parts, stepSeconds, from) => {
          const to = from + (parts.at(-1)?.end ?? 0) + 5;
          const tally = new StepTally({ from, to }, stepSeconds);
          for (const { state, start, end } of parts) tally.add(state, from + start, from + end);
          const expected: Step[] = [];
          for (let start = from; start < to; start += stepSeconds) {
            const counts = { deploy: 0, issue: 0 };
            const begun = { deploy: 0, issue: 0 };
            for (let second = start; second < Math.min(to, start + stepSeconds); second++) {
              const part = parts.find((each) => from + each.start <= second && second < from + each.end);
              if (part === undefined) continue;
              counts[part.state]++;
              if (from + part.start === second) begun[part.state]++;
            }
            if (counts.deploy + counts.issue === 0) continue;
            expected.push({
              ...{ start, deploySeconds: counts.deploy, issueSeconds: counts.issue },
              ...{ deploys: begun.deploy, issues: begun.issue },
            });
          }
          expect([...tally.steps()]).to.deep.equal(expected);
        },
      ),
      { numRuns: 300 },
    );
  });
});

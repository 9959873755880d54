import { expect } from 'chai';
import fc from 'fast-check';

import { arbitraryHistory, type Sighting } from '../testing/arbitrary-reports.ts';
import { Fold } from './fold.ts';
import {
  concatenate,
  intervalsOf,
  SECONDS_PER_HOUR,
  unionOf,
  type Interval,
  type ObservedHour,
  type SecondRange,
} from './timeline.ts';

/** A history by the hour, each state as ranges that are as few as possible. */
function hoursOf(sightings: readonly Sighting[]): ObservedHour[] {
  const hours = new Map<number, ObservedHour>();
  for (const { state, timestamp } of sightings) {
    const start = Math.floor(timestamp);
    const hour = Math.floor(start / SECONDS_PER_HOUR);
    const seen = { deploy: [], issue: [], [state]: [{ start, end: start + 1 }] };
    const known = hours.get(hour)?.observed ?? { deploy: [], issue: [] };
    const observed = unionOf(known, seen);
    hours.set(hour, { serviceName: 'web', hour, observed });
  }
  return [...hours.values()].sort((a, b) => a.hour - b.hour);
}

const textOf = (ranges: readonly SecondRange[], offset: number) =>
  `{${ranges.map(({ start, end }) => `[${start - offset},${end - offset})`).join(',')}}`;

function fold(
  hours: readonly ObservedHour[],
  gapSeconds: number,
  isText: (index: number) => boolean,
): Interval[] {
  const intervals: Interval[] = [];
  const folded = new Fold(gapSeconds, (state, start, end) => void intervals.push({ state, start, end }));
  for (const [index, { hour, observed }] of hours.entries()) {
    const offset = hour * SECONDS_PER_HOUR;
    if (!isText(index)) folded.takeObserved(observed);
    else folded.takeTexts(offset, textOf(observed.deploy, offset), textOf(observed.issue, offset));
  }
  folded.end();
  return intervals;
}

describe('a fold of hours', () => {
  it('tells the intervals that the timeline tells, whatever the history, as text or as ranges', () => {
    fc.assert(
      fc.property(
        fc.array(arbitraryHistory, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(1, 2, 3, 40, 4000),
        fc.array(fc.boolean(), { minLength: 1 }),
        (histories, gapSeconds, isText) => {
          const hours = hoursOf(histories.flat());
          const expected = intervalsOf(concatenate(hours), gapSeconds);
          expect(fold(hours, gapSeconds, (index) => isText[index % isText.length] === true)).to.deep.equal(
            expected,
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it('tells each second of an hour in which the state changed with every one', () => {
    const each = (first: number) =>
      Array.from({ length: 1800 }, (_, index) => ({ start: first + 2 * index, end: first + 2 * index + 1 }));
    const hours = [{ serviceName: 'web', hour: 0, observed: { deploy: each(0), issue: each(1) } }];
    expect(fold(hours, 2, () => true)).to.deep.equal(intervalsOf(concatenate(hours), 2));
  });

  it('tells nothing of no hours', () => {
    expect(fold([], 2, () => true)).to.deep.equal([]);
  });
});

import { expect } from 'chai';
import fc from 'fast-check';

import { shuffledWithRepetitions } from '../../testing/arbitrary-reports.ts';
import { parseMultirange } from '../history/hours.ts';
import { unionOf } from '../timeline.ts';
import { HourSeconds } from './hour-seconds.ts';

const arbitrarySeconds = fc.uniqueArray(
  fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 3599 })),
  { maxLength: 60 },
);

function formatMultirange(seconds: readonly number[]): string {
  const set = new HourSeconds();
  for (const second of seconds) set.add(second);
  return set.toMultirange();
}

describe('the literal of a multirange', () => {
  it('is {} for no second', () => {
    expect(formatMultirange([])).to.equal('{}');
    expect(parseMultirange('{}', 3600)).to.deep.equal([]);
  });

  it('has one range for seconds that follow each other, and none that touch', () => {
    expect(formatMultirange([0])).to.equal('{[0,1)}');
    expect(formatMultirange([3599])).to.equal('{[3599,3600)}');
    expect(formatMultirange([0, 1, 2])).to.equal('{[0,3)}');
    expect(formatMultirange([0, 2, 3])).to.equal('{[0,1),[2,4)}');
  });

  it('is sorted by number, not by text', () => {
    expect(formatMultirange([10, 9, 100])).to.equal('{[9,11),[100,101)}');
  });

  it('is one range for a whole hour, and none for each end', () => {
    const hour = Array.from({ length: 3600 }, (_, second) => second);
    expect(formatMultirange(hour)).to.equal('{[0,3600)}');
    expect(formatMultirange(hour.slice(1, -1))).to.equal('{[1,3599)}');
    expect(formatMultirange(hour.filter((second) => second % 32 !== 31)).match(/\[/g)).to.have.length(113);
  });

  it('is read with each bound moved by the offset', () => {
    expect(parseMultirange('{[0,1),[2,3600)}', 7200)).to.deep.equal([
      { start: 7200, end: 7201 },
      { start: 7202, end: 10_800 },
    ]);
  });

  it('holds the same seconds when it is read again, whatever their order and however often each came', () => {
    const arbitrary = arbitrarySeconds.chain((seconds) =>
      fc.tuple(fc.constant(seconds), shuffledWithRepetitions(seconds), fc.nat({ max: 2 ** 40 })),
    );
    fc.assert(
      fc.property(arbitrary, ([seconds, shuffled, offset]) => {
        const ranges = parseMultirange(formatMultirange(shuffled), offset);
        const read = ranges.flatMap(({ start, end }) =>
          Array.from({ length: end - start }, (_, index) => start + index),
        );
        expect(read).to.deep.equal(seconds.map((second) => second + offset).sort((a, b) => a - b));
        for (const [index, { start }] of ranges.entries()) {
          expect(start).to.be.greaterThan(ranges[index - 1]?.end ?? -1);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the union of what was observed', () => {
  const observed = (seconds: readonly number[]) => {
    const ranges = parseMultirange(formatMultirange(seconds), 7200);
    return { deploy: ranges, issue: [] };
  };

  it('holds the seconds of both, in ranges that are sorted and do not touch', () => {
    fc.assert(
      fc.property(arbitrarySeconds, arbitrarySeconds, (one, other) => {
        expect(unionOf(observed(one), observed(other))).to.deep.equal(observed([...one, ...other]));
      }),
      { numRuns: 500 },
    );
  });
});

import fc from 'fast-check';

import type { ReportBody } from './vectors.ts';

/** What a service was seen in at one second, without its name. */
export type Sighting = Omit<ReportBody, 'service_name'>;

export const states = ['deploy', 'issue'] as const;

// Mostly the same second again, the next one, or a hole about as long as a gap; at times a jump over hours or months.
const step = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 0, max: 4 }) },
  { weight: 2, arbitrary: fc.integer({ min: 3590, max: 3610 }) },
  { weight: 1, arbitrary: fc.integer({ min: 7000, max: 40 * 3600 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1e6, max: 1e8 }) },
);

const stretch = fc.record({
  state: fc.constantFrom(...states),
  steps: fc.array(step, { minLength: 1, maxLength: 8 }),
});

/**
 * One service's history in order of time, beginning just before a full hour: stretches of a state, holes, both states
 * in one second, repetitions, and seconds of long ago before all the others.
 */
export const arbitraryHistory: fc.Arbitrary<Sighting[]> = fc
  .record({
    hour: fc.integer({ min: 1, max: 400_000 }),
    secondsBefore: fc.integer({ min: 0, max: 8 }),
    fraction: fc.constantFrom(0, 0.5, 0.999),
    stretches: fc.array(stretch, { minLength: 1, maxLength: 8 }),
  })
  .map(({ hour, secondsBefore, fraction, stretches }) => {
    let second = hour * 3600 - secondsBefore;
    return stretches.flatMap(({ state, steps }) =>
      steps.map((seconds) => ({ state, timestamp: (second += seconds) + fraction })),
    );
  });

/** A valid part of a service's name: any characters, also beyond U+FFFF and just below, where sort orders differ. */
export const arbitraryName: fc.Arbitrary<string> = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom('a', 'B', ' ', '/', '%', 'é', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}', '😀'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
    minLength: 1,
    maxLength: 12,
  })
  .filter((name) => !/\p{Cc}/u.test(name));

/** The items shuffled, each at least once, some of them again. */
export function shuffledWithRepetitions<T>(items: readonly T[]): fc.Arbitrary<T[]> {
  const all = items.map((_, index) => index);
  return fc
    .subarray(all, { minLength: 0, maxLength: Math.min(all.length, 40) })
    .chain((repeated) =>
      fc.shuffledSubarray([...all, ...repeated], { minLength: all.length + repeated.length }),
    )
    .map((indices) => indices.flatMap((index) => items.slice(index, index + 1)));
}

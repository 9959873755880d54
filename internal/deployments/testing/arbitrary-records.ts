import fc from 'fast-check';

import type { DeploymentRecord } from '../record.ts';

/** Few values of each, so that records repeat, share their times and are of the same deployables. */
const record: fc.Arbitrary<DeploymentRecord> = fc.record(
  {
    component: fc.constantFrom('web', 'web-1', 'web.1', 'a', '0'),
    environment: fc.constantFrom('prod', 'prod-eu', 'a-b-c'),
    // In UTF-16 the last two have the other order than in UTF-8.
    state: fc.constantFrom('started', 'succeeded', 'a "b" \\ \n', '\ufffd', '\u{1f600}'),
    second: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(-62_135_596_800, 253_402_300_799)),
    nanosecond: fc.constantFrom(0, 1, 999_999_999),
    version: fc.constantFrom('1', '\ufffd', '\u{1f600}'),
    by: fc.constantFrom('a', 'b'),
    url: fc.constantFrom('https://a/1', 'https://a/2'),
  },
  { requiredKeys: ['component', 'environment', 'state', 'second', 'nanosecond'] },
);

/** Batches as they may arrive: in any order, with records that repeat within a batch and among batches. */
export const arbitraryBatches: fc.Arbitrary<DeploymentRecord[][]> = fc
  .array(record, { maxLength: 60 })
  .chain((records) =>
    fc
      .tuple(fc.shuffledSubarray(records), fc.shuffledSubarray(records))
      .map(([again, more]) => [...records, ...again, ...more]),
  )
  .chain((sent) =>
    fc
      .array(fc.integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 10 })
      .map((sizes) => splitInto(sent, sizes)),
  );

function splitInto<T>(items: readonly T[], sizes: readonly number[]): T[][] {
  const batches: T[][] = [];
  for (let from = 0, index = 0; from < items.length; index++) {
    const size = sizes[index % sizes.length] ?? 1;
    batches.push(items.slice(from, from + size));
    from += size;
  }
  return batches;
}

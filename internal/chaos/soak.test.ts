import { expect } from 'chai';

import { driftsOf } from './faults/soak.ts';

/** Thirty minutes whose figures are told by the minute. */
const minutes = (
  of: (minute: number) => { service?: number; postgres?: number; p50Ms?: number },
  count = 30,
) =>
  Array.from({ length: count }, (_, minute) => ({
    service: 200,
    postgres: 300,
    p50Ms: 5,
    p99Ms: 50,
    ...of(minute),
  }));

describe('a soak', () => {
  it('has not drifted where all minutes are alike but the first five, and some in between', () => {
    const like = minutes((minute) => ({
      service: minute < 5 ? 20 : 200 + (minute % 7),
      ...(minute % 6 === 0 && { postgres: 900, p50Ms: 70 }),
    }));
    expect(driftsOf(like)).to.deep.equal([]);
  });

  it('says what grew by more than a tenth', () => {
    expect(driftsOf(minutes((minute) => ({ service: 200 + minute * 2 })))).to.deep.equal([
      'the memory of the service went from 214.0 to 254.0 MiB',
    ]);
    expect(driftsOf(minutes((minute) => ({ postgres: 300 + minute * 3 })))).to.deep.equal([
      'the memory of PostgreSQL went from 321.0 to 381.0 MiB',
    ]);
    expect(driftsOf(minutes((minute) => ({ p50Ms: 5 + minute })))).to.deep.equal([
      'a report went from 12.0 to 32.0 ms',
    ]);
  });

  it('says nothing of less than fifteen minutes', () => {
    expect(driftsOf(minutes((minute) => ({ service: 100 * minute }), 14))).to.deep.equal([]);
  });
});

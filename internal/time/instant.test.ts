import { expect } from 'chai';
import fc from 'fast-check';

import { compareInstants, formatInstant, parseInstant, secondsBetween } from './instant.ts';

const utc = () => 0;
const NOON = 1_772_366_400; // 2026-03-01T12:00:00Z

describe('an instant', () => {
  const good: readonly (readonly [string, string, number, number])[] = [
    ['UTC', '2026-03-01T12:00:00Z', NOON, 0],
    ['small letters', '2026-03-01t12:00:00z', NOON, 0],
    ['an offset ahead', '2026-03-01T13:00:00+01:00', NOON, 0],
    ['an offset behind, with minutes', '2026-03-01T08:30:00-03:30', NOON, 0],
    ['an unknown offset', '2026-03-01T12:00:00-00:00', NOON, 0],
    ['an offset that changes the year', '2026-01-01T00:30:00+01:00', 1_767_223_800, 0],
    ['a fraction', '2026-03-01T12:00:00.5Z', NOON, 500_000_000],
    ['nanoseconds', '2026-03-01T12:00:00.123456789Z', NOON, 123_456_789],
    ['more digits, which are dropped', '2026-03-01T12:00:00.9999999999Z', NOON, 999_999_999],
    ['a very long fraction', `2026-03-01T12:00:00.${'0'.repeat(5000)}1Z`, NOON, 0],
    ['29 February of a leap year', '2000-02-29T00:00:00Z', 951_782_400, 0],
    ['a leap second', '2016-12-31T23:59:60Z', 1_483_228_800, 0],
    ['a leap second elsewhere', '2017-01-01T00:59:60.5+01:00', 1_483_228_800, 500_000_000],
    ['a time before 1970', '1969-12-31T23:59:59.75Z', -1, 750_000_000],
    ['the first time of all', '0000-01-01T00:00:00Z', -62_167_219_200, 0],
    ['the zero time of Go', '0001-01-01T00:00:00Z', -62_135_596_800, 0],
    ['the last time of all', '9999-12-31T23:59:59.999999999Z', 253_402_300_799, 999_999_999],
  ];
  for (const [what, text, second, nanosecond] of good) {
    it(`is read: ${what}`, () => {
      expect(parseInstant(text)).to.deep.equal({ second, nanosecond });
    });
  }

  const bad = [
    ...['', '2026', '2026-03-01', '2026-03-01T12:00:00', '2026-03-01T12:00Z', '2026-03-01 12:00:00Z'],
    ...['2026-03-01T12:00:00.Z', '2026-03-01T12:00:00,5Z', '2026-03-01T12:00:00+0100', '1772366400'],
    ...['2026-13-01T12:00:00Z', '2026-00-01T12:00:00Z', '2026-04-31T12:00:00Z', '2026-03-00T12:00:00Z'],
    ...['2026-02-29T12:00:00Z', '1900-02-29T12:00:00Z', '2026-03-01T24:00:00Z', '2026-03-01T12:60:00Z'],
    ...[
      '2026-03-01T12:00:60Z',
      '2026-03-01T23:59:61Z',
      '2026-03-01T12:00:00+24:00',
      '2026-03-01T12:00:00+01:60',
    ],
    ...['2026-03-01T12:00:00Z\n', ' 2026-03-01T12:00:00Z', '2026-03-01T12:00:00ZZ', '12026-03-01T12:00:00Z'],
    ...['-2026-03-01T12:00:00Z', '٢026-03-01T12:00:00Z', '2026-03-01T12:00:00+01:000'],
    ...['0000-01-01T00:00:00+00:01', '9999-12-31T23:59:59-00:01'],
  ];
  for (const text of bad) {
    it(`is refused: ${JSON.stringify(text)}`, () => {
      expect(parseInstant(text)).to.equal(undefined);
    });
  }

  const written: readonly (readonly [string, number, number, number, string])[] = [
    ['UTC as Z', NOON, 0, 0, '2026-03-01T12:00:00Z'],
    ['an offset ahead', NOON, 0, 60, '2026-03-01T13:00:00+01:00'],
    ['an offset behind, with minutes', NOON, 0, -210, '2026-03-01T08:30:00-03:30'],
    ['a fraction, as short as can be', NOON, 120_000_000, 0, '2026-03-01T12:00:00.12Z'],
    ['a nanosecond', NOON, 1, 345, '2026-03-01T17:45:00.000000001+05:45'],
    ['another day', NOON, 0, 840, '2026-03-02T02:00:00+14:00'],
    ['a year before 1000', -62_135_596_800, 0, -300, '0000-12-31T19:00:00-05:00'],
    ['UTC where the year would be 10000', 253_402_300_799, 5, 60, '9999-12-31T23:59:59.000000005Z'],
    ['UTC where the year would be before 0', -62_167_219_200, 0, -60, '0000-01-01T00:00:00Z'],
  ];
  for (const [what, second, nanosecond, offset, text] of written) {
    it(`is written: ${what}`, () => {
      expect(formatInstant({ second, nanosecond }, () => offset)).to.equal(text);
    });
  }

  const instant = fc.record({
    second: fc.integer({ min: -62_167_219_200, max: 253_402_300_799 }),
    nanosecond: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 999_999_999 })),
  });

  it('is read as it was written, whatever the offset', () => {
    fc.assert(
      fc.property(instant, fc.integer({ min: -1439, max: 1439 }), (at, offset) => {
        expect(parseInstant(formatInstant(at, () => offset))).to.deep.equal(at);
        expect(parseInstant(formatInstant(at)), 'in the zone of this process').to.deep.equal(at);
      }),
    );
  });

  it('is read as Date reads it', () => {
    fc.assert(
      fc.property(instant, ({ second }) => {
        const text = new Date(second * 1000).toISOString();
        expect(parseInstant(text)).to.deep.equal({ second, nanosecond: 0 });
      }),
    );
  });

  it('has an order, which its text in UTC has too', () => {
    fc.assert(
      fc.property(instant, instant, (a, b) => {
        const order = Math.sign(compareInstants(a, b));
        const textOf = (at: typeof a) =>
          formatInstant({ ...at, nanosecond: 0 }, utc) + at.nanosecond.toString().padStart(9, '0');
        expect(order).to.equal(textOf(a) < textOf(b) ? -1 : textOf(a) > textOf(b) ? 1 : 0);
      }),
    );
  });

  it('tells how long it is to another', () => {
    const later = { second: NOON + 1, nanosecond: 250_000_000 };
    expect(secondsBetween({ second: NOON, nanosecond: 500_000_000 }, later)).to.equal(0.75);
  });
});

import { expect } from 'chai';
import fc from 'fast-check';

import { formatMicros, parseMicros } from './instant.ts';

const parse = (text: string) => parseMicros(Buffer.from(text));

describe('RFC 3339 in microseconds', () => {
  const good: readonly (readonly [string, string, number])[] = [
    ['UTC', '2023-11-14T22:13:20Z', 1_700_000_000e6],
    ['small letters', '2023-11-14t22:13:20z', 1_700_000_000e6],
    ['an offset ahead', '2023-11-15T00:13:20+02:00', 1_700_000_000e6],
    ['an offset behind, with minutes', '2023-11-14T18:43:20-03:30', 1_700_000_000e6],
    ['an unknown offset', '2023-11-14T22:13:20-00:00', 1_700_000_000e6],
    ['a fraction', '2023-11-14T22:13:20.5Z', 1_700_000_000_500_000],
    ['microseconds', '2023-11-14T22:13:20.123456Z', 1_700_000_000_123_456],
    [
      'more digits than microseconds, which are dropped',
      '2023-11-14T22:13:20.9999999Z',
      1_700_000_000_999_999,
    ],
    ['a very long fraction', `2023-11-14T22:13:20.${'0'.repeat(500)}1Z`, 1_700_000_000e6],
    ['29 February of a leap year', '2000-02-29T00:00:00Z', 951_782_400e6],
    ['a leap second', '2016-12-31T23:59:60Z', 1_483_228_800e6],
    ['a leap second elsewhere', '2017-01-01T00:59:60+01:00', 1_483_228_800e6],
    ['1970', '1970-01-01T00:00:00Z', 0],
    ['before 1970', '1969-12-31T23:59:59Z', -1e6],
    ['the year 9999', '9999-12-31T23:59:59Z', 253_402_300_799e6],
  ];
  for (const [what, text, micros] of good) {
    it(`reads ${what}`, () => {
      expect(parse(text)).to.equal(micros);
    });
  }

  const bad = [
    ...['', '2023', '2023-11-14', '2023-11-14T22:13:20', '2023-11-14T22:13Z', '2023-11-14 22:13:20Z'],
    ...[
      '2023-11-14T22:13:20.Z',
      '2023-11-14T22:13:20,5Z',
      '2023-11-14T22:13:20+0200',
      '2023-11-14T22:13:20+02',
    ],
    ...['2023-13-14T22:13:20Z', '2023-00-14T22:13:20Z', '2023-11-31T22:13:20Z', '2023-11-00T22:13:20Z'],
    ...['2023-02-29T22:13:20Z', '1900-02-29T22:13:20Z', '2023-11-14T24:00:00Z', '2023-11-14T22:60:20Z'],
    ...[
      '2023-11-14T22:13:60Z',
      '2023-11-14T23:59:61Z',
      '2023-11-14T22:13:20+24:00',
      '2023-11-14T22:13:20+01:60',
    ],
    ...[
      '2023-11-14T22:13:20Z ',
      ' 2023-11-14T22:13:20Z',
      '2023-11-14T22:13:20ZZ',
      '2023-11-14T22:13:20+02:000',
    ],
    ...['2023-1-14T22:13:20Z', '12023-11-14T22:13:20Z', '-2023-11-14T22:13:20Z', '2023-11-14T22:13:2xZ'],
  ];
  for (const text of bad) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(parse(text)).to.equal(undefined);
    });
  }

  it('reads what Date writes', () => {
    const date = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(date, (at) => {
        expect(parse(at.toISOString())).to.equal(at.getTime() * 1000);
      }),
    );
  });

  it('writes what it reads, with as many digits as are needed', () => {
    expect(formatMicros(1_700_000_000e6)).to.equal('2023-11-14T22:13:20Z');
    expect(formatMicros(1_700_000_000_000_001)).to.equal('2023-11-14T22:13:20.000001Z');
    expect(formatMicros(1_700_000_000_120_000)).to.equal('2023-11-14T22:13:20.12Z');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000_000_000 }), (micros) => {
        expect(parse(formatMicros(micros))).to.equal(micros);
      }),
    );
  });
});

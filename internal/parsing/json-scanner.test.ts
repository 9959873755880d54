import { expect } from 'chai';
import fc from 'fast-check';

import { MalformedJson, MAX_VALUE_NESTING, skipSpace, skipValue } from './json-scanner.ts';

/** Whether the whole text is one JSON value, blanks around it aside. */
function accepts(text: string): boolean {
  const json = Buffer.from(text);
  try {
    return skipSpace(json, skipValue(json, skipSpace(json, 0))) === json.length;
  } catch (error) {
    if (error instanceof MalformedJson) return false;
    throw error;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Valid JSON with one place replaced, left out or doubled: mostly invalid, and close to valid. */
const almostJson = fc
  .record({
    json: fc.oneof(
      fc.json(),
      fc.json({ stringUnit: 'binary' }),
      fc.constantFrom('-0.5e+3', '"\\u00e9\\n"', '[1E2,{}]'),
    ),
    at: fc.nat(),
    length: fc.nat({ max: 2 }),
    replacement: fc.constantFrom(
      ...['', ' ', '\t', '\n', '"', '\\', '\\u12', '\\u12zG', '\\u12aF', '\\x', ',', ':', '[', ']', '{', '}'],
      ...[
        '0',
        '01',
        '-',
        '+',
        '.',
        '.5',
        '1.',
        'e',
        'E+',
        '1e',
        'true',
        'nul',
        'NaN',
        '\u0001',
        '\u00a0',
        'é',
        '/',
      ],
    ),
  })
  .map(({ json, at, length, replacement }) => {
    const place = at % (json.length + 1);
    // Cut between characters, never inside of one.
    return (json.slice(0, place) + replacement + json.slice(place + length)).toWellFormed();
  });

describe('the JSON scanner', () => {
  it('takes and refuses exactly what JSON.parse does', () => {
    fc.assert(
      fc.property(almostJson, (text) => {
        expect(accepts(text), text).to.equal(isJson(text));
      }),
      { numRuns: 5000 },
    );
  });

  it('takes whatever JSON.stringify makes, and stops right after it', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ stringUnit: 'binary' }),
        fc.constantFrom('', ' ', ',', ']', '}'),
        (value, rest) => {
          const text = JSON.stringify(value);
          expect(skipValue(Buffer.from(text + rest), 0)).to.equal(Buffer.byteLength(text));
        },
      ),
    );
  });

  for (const text of [
    '',
    '"',
    '"a',
    '"\\',
    '"\\u',
    '"\\u00',
    '[',
    '[1',
    '[1,',
    '{',
    '{"a"',
    '{"a":',
    '{"a":1,',
    '-',
    't',
  ]) {
    it(`refuses what ends too early, such as ${JSON.stringify(text)}`, () => {
      expect(() => skipValue(Buffer.from(text), 0))
        .to.throw(MalformedJson)
        .with.property('at', text.length);
    });
  }

  it('says where it is that the JSON is not valid', () => {
    expect(() => skipValue(Buffer.from('{"é":[1,2,x]}'), 0))
      .to.throw(MalformedJson)
      .with.property('at', 11);
  });

  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '}'],
  ] as const) {
    it(`takes ${MAX_VALUE_NESTING} levels of ${open} and no more`, () => {
      const nested = (levels: number) => open.repeat(levels) + '1' + close.repeat(levels);
      expect(accepts(nested(MAX_VALUE_NESTING))).to.equal(true);
      expect(accepts(nested(MAX_VALUE_NESTING + 1))).to.equal(false);
      expect(accepts(open.repeat(1_000_000))).to.equal(false);
    });
  }
});

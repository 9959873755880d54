import { expect } from 'chai';
import fc from 'fast-check';
import { z } from 'zod';

import { nameFault } from './fields.ts';
import { Problem, type FieldError } from './problem.ts';
import {
  completeSpan,
  cursor,
  instant,
  oneOf,
  readQuery,
  severalOf,
  text,
  textWithout,
  unitsFrom,
  wholeNumber,
} from './query.ts';

const schema = z
  .object({
    name: textWithout(nameFault).optional(),
    from: instant().optional(),
    limit: wholeNumber(1, 1000).default(100),
    theme: oneOf('auto', 'light', 'dark').default('auto'),
    after: cursor({ decode: (written) => (written === 'x' ? 7 : undefined) }).optional(),
    any: text().optional(),
  })
  .refine(({ any }) => any !== 'bad', { path: ['any'], message: 'must not be bad' });

function faultsOf(read: () => unknown): readonly FieldError[] {
  try {
    read();
  } catch (error) {
    if (error instanceof Problem && error.status === 400) return error.errors ?? [];
    throw error;
  }
  return [];
}

describe('the query of a URL', () => {
  it('is read by its schema, however it is encoded, and what nobody declared is ignored', () => {
    const read = { name: 'a b', from: { second: 5, nanosecond: 0 }, limit: 7, theme: 'dark', after: 7 };
    for (const name of ['a+b', 'a%20b', '%61 b']) {
      const query = `name=${name}&from=5&limit=7&theme=dark&after=x&other=1&other=2`;
      expect(readQuery(schema, query)).to.deep.equal(read);
    }
    expect(readQuery(schema, '')).to.deep.equal({ limit: 100, theme: 'auto' });
  });

  it('has each fault told, in the order of the schema', () => {
    const query = 'name=&from=x&limit=0&theme=pink&after=y&any=1&any=2';
    expect(faultsOf(() => readQuery(schema, query))).to.deep.equal([
      { field: 'name', message: 'must not be empty' },
      { field: 'from', message: 'must be unix seconds or an RFC 3339 time, from 1970 to 9999' },
      { field: 'limit', message: 'must be a whole number from 1 to 1000' },
      { field: 'theme', message: 'must be auto, light or dark' },
      { field: 'after', message: 'must be the next_cursor of an answer' },
      { field: 'any', message: 'must be there once' },
    ]);
    expect(faultsOf(() => readQuery(schema, 'any=bad'))).to.deep.equal([
      { field: 'any', message: 'must not be bad' },
    ]);
  });

  it('has each value but once', () => {
    const names = ['name', 'from', 'limit', 'theme', 'after', 'any'];
    const query = names.flatMap((name) => [`${name}=1`, `${name}=1`]).join('&');
    const faults = faultsOf(() => readQuery(schema, query));
    expect(faults).to.have.length(6);
    expect(new Set(faults.map(({ message }) => message))).to.deep.equal(new Set(['must be there once']));
  });

  it('may have several values where that is declared, each of which counts once', () => {
    const names = z.object({ name: severalOf(textWithout(nameFault), 2) });
    expect(readQuery(names, 'name=a')).to.deep.equal({ name: ['a'] });
    expect(readQuery(names, 'name=b&name=a&name=b')).to.deep.equal({ name: ['b', 'a'] });
    const bad = { field: 'name', message: 'must be there 1 to 2 times' };
    expect(faultsOf(() => readQuery(names, ''))).to.deep.equal([bad]);
    expect(faultsOf(() => readQuery(names, 'name=a&name=b&name=c'))).to.deep.equal([bad]);
    expect(faultsOf(() => readQuery(names, 'name=a&name='))).to.deep.equal([
      { field: 'name', message: 'must not be empty' },
    ]);
  });

  for (const query of ['name=%zz', 'name=%', 'name=%FF', 'name=%c3%28', 'other=%e2%98', '%ff=1']) {
    it(`is refused where it cannot be decoded, as ${query}`, () => {
      expect(() => readQuery(schema, query))
        .to.throw(Problem, 'The query is not valid percent-encoded UTF-8.')
        .with.property('status', 400);
    });
  }
});

describe('a point in time in a query', () => {
  const read = (at: string, first?: number) =>
    readQuery(z.object({ at: instant(first) }), `at=${encodeURIComponent(at)}`).at;

  const good: readonly (readonly [string, number, number])[] = [
    ['0', 0, 0],
    ['1700000000', 1_700_000_000, 0],
    ['1700000000.5', 1_700_000_000, 500_000_000],
    ['1700000000.0000000019', 1_700_000_000, 1],
    ['253402300799.999999999', 253_402_300_799, 999_999_999],
    ['2023-11-14T22:13:20Z', 1_700_000_000, 0],
    ['2023-11-14T23:13:20.25+01:00', 1_700_000_000, 250_000_000],
    ['2023-11-14T23:13:20.25 01:00', 1_700_000_000, 250_000_000],
    ['9999-12-31T23:59:59.999999999Z', 253_402_300_799, 999_999_999],
  ];
  for (const [written, second, nanosecond] of good) {
    it(`is ${written}`, () => {
      expect(read(written)).to.deep.equal({ second, nanosecond });
    });
  }

  for (const written of [
    ...['', ' ', 'now', '-1', '1e9', '0x10', '1.', '.5', '1.5.5', '1700000000 ', '+5', '253402300800'],
    ...['2023-11-14', '2023-13-40T00:00:00Z', '2023-11-14T22:13:20', '1969-12-31T23:59:59.999Z'],
    ...['9'.repeat(400), '2023-11-14T23:13:20  01:00', '٥'],
  ]) {
    it(`is not ${JSON.stringify(written.slice(0, 30))}`, () => {
      expect(faultsOf(() => read(written)).map(({ field }) => field)).to.deep.equal(['at']);
    });
  }

  it('may be earlier where that is declared', () => {
    expect(read('0001-01-01T00:00:00Z', -62_167_219_200)).to.deep.equal({
      second: -62_135_596_800,
      nanosecond: 0,
    });
    expect(faultsOf(() => read('x', -62_167_219_200))[0]?.message).to.include('from 0000 to 9999');
  });

  it('has whole units before it and others from it on', () => {
    const at = fc.record({
      second: fc.integer({ min: 0, max: 4_000_000_000 }),
      nanosecond: fc.integer({ min: 0, max: 999_999_999 }),
    });
    fc.assert(
      fc.property(at, fc.constantFrom(1, 1000, 1_000_000), ({ second, nanosecond }, perSecond) => {
        const first = BigInt(unitsFrom({ second, nanosecond }, perSecond));
        const nanoseconds = BigInt(second) * 1_000_000_000n + BigInt(nanosecond);
        const unit = 1_000_000_000n / BigInt(perSecond);
        expect(first * unit >= nanoseconds && (first - 1n) * unit < nanoseconds).to.equal(true);
      }),
    );
  });
});

describe('a span of time in a query', () => {
  const rules = { end: 1000, usual: 60, longest: 500 };
  const none = { from: undefined, to: undefined };

  it('is completed', () => {
    expect(completeSpan(none, rules)).to.deep.equal({ from: 940, to: 1000 });
    expect(completeSpan({ ...none, to: 500 }, rules)).to.deep.equal({ from: 440, to: 500 });
    expect(completeSpan({ ...none, to: 20 }, rules)).to.deep.equal({ from: 0, to: 20 });
    expect(completeSpan({ ...none, from: 500 }, rules)).to.deep.equal({ from: 500, to: 1000 });
    expect(completeSpan({ from: 3, to: 4 }, rules)).to.deep.equal({ from: 3, to: 4 });
  });

  it('begins before it ends, and is not too long', () => {
    for (const [from, to] of [
      [7, 7],
      [8, 7],
      [499, 1000],
      [1000, undefined],
    ] as const) {
      expect(faultsOf(() => completeSpan({ from, to }, rules)).map(({ field }) => field)).to.deep.equal([
        'from',
      ]);
    }
  });
});

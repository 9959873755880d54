import { expect } from 'chai';
import fc from 'fast-check';

import { decodeRows } from './testing/decode-rows.ts';
import { NOW, parseBad, parseGood } from './testing/parse-text.ts';

const rowsOf = (body: unknown, options = {}) => decodeRows(parseGood(body, options).parts);
const dataOf = (body: unknown, options = {}) => rowsOf(body, options).map(({ data }) => data);

/** The items have the data and the timestamps that JSON.parse finds there. */
function expectAsParsed(items: readonly string[]): void {
  const text = `[${items.join(',')}]`;
  const expected = (JSON.parse(text) as { timestamp: number; data?: unknown }[]).map((parsed) => ({
    micros: parsed.timestamp * 1e6,
    data: Object.hasOwn(parsed, 'data') ? JSON.stringify(parsed.data) : null,
  }));
  const found = rowsOf(text).map(({ micros, data }) => ({
    micros,
    data: data === null ? null : JSON.stringify(JSON.parse(data)),
  }));
  expect(found).to.deep.equal(expected);
}

describe('parsing a bulk request', () => {
  it('keeps data to the byte', () => {
    const data = [
      ...[
        '12345678901234567890',
        '1e400',
        '-0',
        '1.10',
        '"\\u0000 \\ud800 \\/"',
        '{"a":1, "a" : 2}',
        'null',
        ' [ ] '.trim(),
      ],
      ...['"é😀"', '{ "x" :\t[1 ,2] }', 'true', '{"data":{"timestamp":1}}', '"}],"', '"\\\\"', '"\\""'],
    ];
    const items = data.map((text) => `{"timestamp":1,"data":${text}}`);
    expect(dataOf(`[${items.join(',')}]`)).to.deep.equal(data);
    expect(dataOf(` [ ${items.join(' ,\r\n\t')} ]\n`)).to.deep.equal(data);
    expect(dataOf(items.join('\n'), { format: 'ndjson' })).to.deep.equal(data);
  });

  it('takes data that nests 1000 levels, whatever the format and whether items are alike', () => {
    const data = [`${'['.repeat(1000)}${']'.repeat(1000)}`, `${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`];
    const items = [...data, ...data].map((text) => `{"timestamp":1,"data":${text}}`);
    expect(dataOf(`[${items.join(',')}]`)).to.deep.equal([...data, ...data]);
    expect(dataOf(items.join('\n'), { format: 'ndjson' })).to.deep.equal([...data, ...data]);
  });

  it('finds the same data and timestamp as JSON.parse, whatever else is there', () => {
    const key = fc.constantFrom(
      'data',
      'timestamp',
      'dat',
      'data ',
      'x',
      '__proto__',
      '',
      'Data',
      'timestamps',
      '\\"',
      '\\\\data',
    );
    const escaped = key.map((text) => text.replaceAll('a', '\\u0061'));
    const member = fc
      .record({
        key: fc.oneof(key, escaped),
        value: fc.jsonValue({ stringUnit: 'binary' }),
        blank: fc.constantFrom('', ' ', '\n'),
      })
      .map(
        ({ key: name, value, blank }) => `${blank}"${name}"${blank}:${blank}${JSON.stringify(value)}${blank}`,
      );
    const item = fc
      .tuple(fc.array(member, { maxLength: 6 }), fc.nat({ max: NOW }))
      .map(([members, timestamp]) => `{${[...members, `"timestamp":${timestamp}`].join(',')}}`);
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 5 }), (items) => expectAsParsed(items)),
      { numRuns: 500 },
    );
  });

  it('finds the same where items are alike but for their values, and where one differs', () => {
    const key = fc.constantFrom('data', 'timestamp', 'd\\u0061ta', 'x', 'data ');
    const blank = fc.constantFrom('', ' ', '\n');
    const someBlank = fc.oneof({ weight: 9, arbitrary: fc.constant('') }, { weight: 1, arbitrary: blank });
    const layout = fc.array(fc.record({ key, blank }), { maxLength: 4 });
    const values = fc.array(fc.jsonValue(), { minLength: 4, maxLength: 4 });
    const items = fc
      .tuple(
        fc.array(layout, { minLength: 1, maxLength: 3 }),
        fc.array(fc.record({ layout: fc.nat(), blank: someBlank, values, timestamp: fc.nat({ max: NOW }) }), {
          minLength: 1,
          maxLength: 12,
        }),
      )
      .map(([layouts, rows]) =>
        rows.map((row) => {
          // Mostly the first layout: runs of items that are alike, broken now and then.
          const members = (layouts[row.layout % (2 * layouts.length)] ?? layouts[0] ?? []).map(
            ({ key: name, blank }, index) =>
              `"${name}"${blank}:${row.blank}${JSON.stringify(row.values[index])}${blank}`,
          );
          return `{${[...members, `"timestamp":${row.timestamp}`].join(',')}}`;
        }),
      );
    fc.assert(
      fc.property(items, (texts) => expectAsParsed(texts)),
      { numRuns: 500 },
    );
  });

  const times: readonly (readonly [unknown, number])[] = [
    [0, 0],
    [NOW, NOW * 1e6],
    [NOW + 60, (NOW + 60) * 1e6],
    [1_700_000_000.123456, 1_700_000_000_123_456],
    [1_699_999_999.9999998, 1_699_999_999_999_999],
    [0.1, 100_000],
    [1.5e9, 1_500_000_000e6],
    ['2023-11-14T22:13:20.25+00:00', 1_700_000_000_250_000],
    ['2023-11-14T22:14:20Z', (NOW + 60) * 1e6],
  ];
  for (const [timestamp, micros] of times) {
    it(`takes the timestamp ${JSON.stringify(timestamp)}`, () => {
      expect(rowsOf([{ timestamp }])).to.deep.equal([{ micros, data: null }]);
    });
  }

  it('reads numbers as JSON.parse does, to the microsecond', () => {
    const numbers = fc.oneof(
      fc.double({ min: 0, max: NOW, noNaN: true }).map(String),
      fc.stringMatching(/^(0|[1-9]\d{0,8})(\.\d{1,20})?(e-?\d)?$/),
    );
    fc.assert(
      fc.property(numbers, (text) => {
        const seconds = JSON.parse(text) as number;
        fc.pre(seconds <= NOW);
        const micros = Math.min(Math.round(seconds * 1e6), Math.floor(seconds) * 1e6 + 999_999);
        expect(rowsOf(`[{"timestamp":${text}}]`)).to.deep.equal([{ micros, data: null }]);
      }),
    );
  });

  it('reads a timestamp whose characters are escaped', () => {
    expect(rowsOf('[{"timestamp":"2023-11-14T22:13:20\\u005a"}]')).to.deep.equal([
      { micros: NOW * 1e6, data: null },
    ]);
  });

  it('takes an empty array, and NDJSON of nothing but blank lines', () => {
    expect(parseGood('[]')).to.include({ accepted: 0 }).and.have.deep.property('parts', []);
    expect(parseGood(' [ ] ')).to.include({ accepted: 0 });
    for (const body of ['', '\n', '\r\n \n\t\n']) {
      expect(parseGood(body, { format: 'ndjson' })).to.include({ accepted: 0 });
    }
  });

  it('ignores blank lines of NDJSON, and takes any line end', () => {
    const body = '\n{"timestamp":1}\r\n\r\n  {"timestamp":2} \n\n{"timestamp":3}';
    expect(parseGood(body, { format: 'ndjson' })).to.include({ accepted: 3 });
  });

  it('cuts the events into even parts, in order', () => {
    const body = Array.from({ length: 5001 }, (_, index) => ({ timestamp: index, data: index }));
    const { parts, partSize } = parseGood(body, { maxEvents: 10_000 });
    expect(parts.map(({ events }) => events)).to.deep.equal([1667, 1667, 1667]);
    expect(partSize).to.equal(1667);
    expect(decodeRows(parts).map(({ data }) => Number(data))).to.deep.equal(body.map(({ data }) => data));
    expect(parseGood(body.slice(0, 12), { batchSize: 5 }).parts.map(({ events }) => events)).to.deep.equal([
      4, 4, 4,
    ]);
  });

  it('hashes the bytes and what it is told to, where that is wanted', () => {
    const hashOf = (body: string, hashWith: string) =>
      Buffer.from(parseGood(body, { hashWith }).bodyHash ?? []).toString('hex');
    const hashes = [hashOf('[]', 'a'), hashOf('[ ]', 'a'), hashOf('[]', 'b')];
    expect(new Set(hashes).size).to.equal(3);
    expect(hashOf('[]', 'a')).to.equal(hashes[0]).and.have.length(64);
    expect(parseGood('[]')).not.to.have.property('bodyHash');
  });

  it('says no more than that a body has too many events, as soon as it has', () => {
    const body = Array.from({ length: 1001 }, () => ({ timestamp: 1 }));
    expect(parseBad(body)).to.include({ status: 413, code: 'too-large' });
    expect(parseGood(body.slice(1))).to.include({ accepted: 1000 });
  });

  it('refuses what is not UTF-8', () => {
    const body = Buffer.from('[{"timestamp":1,"data":"\xff"}]', 'latin1');
    expect(parseBad(body)).to.include({ status: 400, code: 'invalid-body' });
  });
});

import { expect } from 'chai';
import fc from 'fast-check';

import { Problem } from '../frontdoor/problem.ts';
import { mutate, mutation } from '../testing/mutations.ts';
import { blank, writeBody } from '../testing/written-bodies.ts';
import { compiledKernel, EventScanner } from './alike.ts';
import { eventParser, type ParseOptions } from './parse.ts';

const NOW = 1_700_000_000;
const RUNS = 3000;

const goodData = fc.oneof(
  { weight: 5, arbitrary: fc.jsonValue({ maxDepth: 5 }).map((value) => JSON.stringify(value)) },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value, null, '\t')) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...[
        '""',
        '"1234567"',
        '"12345678"',
        '"\\u00e9\\ud800"',
        '"\\"\\\\\\/\\b\\f\\n\\r\\t"',
        '"é☂😀"',
        '-0',
        '0.0',
      ],
      ...[
        '1E+5',
        '-1.5e-300',
        '1e400',
        '{}',
        '[]',
        '[[],{}]',
        '{ "a" : [ 1 , { } ] }',
        '[1 ]',
        '{"a":1,"a":2}',
      ],
      ...[
        'true',
        'false',
        'null',
        `"${'x'.repeat(300)}"`,
        '"}],"',
        '"data"',
        '{"timestamp":1,"state":"issue"}',
      ],
      ...[
        '['.repeat(64) + ']'.repeat(64),
        '['.repeat(65) + ']'.repeat(65),
        '{"a":'.repeat(63) + '1' + '}'.repeat(63),
      ],
    ),
  },
);
const badData = fc.constantFrom(
  ...[
    'tru',
    'truE',
    'nul',
    'fals',
    '01',
    '-',
    '.5',
    '1.',
    '1e',
    '+1',
    '"',
    '"\\x"',
    '"\\u12g4"',
    '"\t"',
    '"\n"',
  ],
  ...[
    '{',
    '[',
    '[1,]',
    '{"a"}',
    '{"a":}',
    '{a:1}',
    "{'a':1}",
    '{"a":1,}',
    '[1 2]',
    '[}',
    '{]',
    '',
    '"\\',
    '{"a":1]',
  ],
  ...['['.repeat(1001) + ']'.repeat(1001), 'NaN', '\u00a0', '"\u007f"', '1\u0000'],
);
const data = fc.oneof({ weight: 40, arbitrary: goodData }, { weight: 1, arbitrary: badData });
const time = fc.oneof(
  { weight: 10, arbitrary: fc.integer({ min: 0, max: NOW }).map(String) },
  {
    weight: 10,
    arbitrary: fc
      .tuple(fc.integer({ min: 0, max: NOW }), fc.stringMatching(/^\d{1,7}$/))
      .map(([seconds, decimals]) => `${seconds}.${decimals}`),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(0, 1, 9, NOW - 1, NOW + 59, NOW + 60), fc.stringMatching(/^9{0,9}[45]?\d{0,9}$/))
      .map(([seconds, decimals]) => `${seconds}.${decimals}`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[
        '0',
        '00',
        '-0',
        '-1',
        '1e3',
        '1E9',
        `${NOW + 60}`,
        `${NOW + 61}`,
        `${NOW}000`,
        '9007199254740993',
        '1.',
      ],
      ...[
        '.5',
        '0.00000000000001',
        '123456789012345.6',
        '9'.repeat(40),
        '"2023-11-14T22:13:20Z"',
        'null',
        '[]',
      ],
      ...['0.5', '0.0000005', '0.4999999', '9007199.254740993', '1 2', '0x1'],
    ),
  },
);
const otherMember = fc.constantFrom(
  ...[
    '"x":1',
    '"tags":{"a":[1,{"b":null}]}',
    '"é":"\\n"',
    '"x":"}"',
    '"data":1',
    '"timestamp":5',
    '"state":"issue"',
  ],
  ...['"service_name":"q"', '"d\\u0061ta":2', '"x":01', '"":[]'],
);

const body = fc
  .record({
    format: fc.constantFrom('array' as const, 'ndjson' as const),
    items: fc.array(fc.record({ data, time }), { maxLength: 8, size: 'max' }),
    isDataFirst: fc.boolean(),
    others: fc.oneof(
      { weight: 4, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(fc.tuple(fc.nat({ max: 2 }), otherMember), { maxLength: 2 }) },
    ),
    blanks: fc.oneof(
      { weight: 3, arbitrary: fc.constant(['']) },
      { weight: 1, arbitrary: fc.array(blank, { minLength: 1, maxLength: 7 }) },
    ),
    separator: fc.constantFrom('', '', ' \n ', '\n\n', '\r\n', ' '),
    around: fc.tuple(blank, blank, blank),
    batchSize: fc.constantFrom(1, 3, 20_000),
    maxEvents: fc.constantFrom(5, 1_000_000),
  })
  .map(({ items, isDataFirst, others, blanks, separator, around, ...options }) => {
    const members = items.map(({ data, time }): [string, string][] => {
      const inOrder: [string, string][] = [
        ['timestamp', time],
        ['data', data],
      ];
      return isDataFirst ? inOrder.toReversed() : inOrder;
    });
    return {
      bytes: writeBody(members, { format: options.format, others, blanks, separator, around }),
      options: { shards: 3, nowSeconds: NOW, maxFutureSeconds: 60, ...options },
    };
  });

describe('payload events that are scanned', () => {
  const kernel = compiledKernel();
  const scanner = kernel && new EventScanner(kernel);
  const nobody = { begin: () => ({ add: () => [], finish: () => [] }), buffersOf: () => [] };
  const parser = eventParser(nobody);

  /** Returns whether a body was scanned; throws if the careful reader comes to something else. */
  function agree(bytes: Buffer, options: ParseOptions): boolean {
    const scanned = parser.parseAlike?.(bytes, options);
    if (scanned === undefined) return false;
    try {
      expect(scanned).to.deep.equal(parser.parse(Buffer.from(bytes), options));
    } catch (error) {
      if (error instanceof Problem)
        throw new Error(`scanned, but refused: ${error.message}`, { cause: error });
      throw error;
    }
    return true;
  }

  it('are read as the careful reader does, or left to it', () => {
    let scanned = 0;
    fc.assert(
      fc.property(body, ({ bytes, options }) => {
        if (agree(bytes, options)) scanned++;
      }),
      { numRuns: RUNS },
    );
    expect(scanned, 'bodies that were scanned').to.be.above(RUNS / 20);
  });

  it('are so, too, where something in them was changed', () => {
    fc.assert(
      fc.property(
        body,
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
        ({ bytes, options }, mutations) => {
          agree(mutations.reduce(mutate, bytes), options);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('are so, too, where one thing in good ones was changed', () => {
    const good = Array.from({ length: 6 }, (_, index) => ({
      timestamp: NOW - index / 8,
      data: { user: index, path: ['/home', null, -1.5e-3], agent: 'Mozilla/5.0 "é"', is: index > 2 },
    }));
    const texts = {
      array: Buffer.from(JSON.stringify(good)),
      ndjson: Buffer.from(good.map((event) => JSON.stringify(event)).join('\n')),
    };
    const options = { shards: 3, batchSize: 4, maxEvents: 100, nowSeconds: NOW, maxFutureSeconds: 60 };
    let scanned = 0;
    fc.assert(
      fc.property(fc.constantFrom('array' as const, 'ndjson' as const), mutation, (format, change) => {
        if (agree(mutate(texts[format], change), { ...options, format })) scanned++;
      }),
      { numRuns: RUNS },
    );
    expect(scanned, 'bodies that were scanned').to.be.above(RUNS / 20);
  });

  it('are scanned where programs wrote them, and nowhere else', () => {
    if (scanner === undefined) throw new Error('the build left no kernel');
    const options = { shards: 1, batchSize: 2, maxEvents: 3, nowSeconds: NOW, maxFutureSeconds: 60 };
    const items = (text: string, format: 'array' | 'ndjson' = 'array') =>
      scanner.scan(Buffer.from(text), { ...options, format })?.items;
    expect(items('[{"timestamp":1.5,"data":{"a":"b"}},{"timestamp":2,"data":[1]}]')).to.equal(2);
    expect(
      items('{"data":1,"timestamp":1}\n{"data":"x","timestamp":1700000000.123456}\n', 'ndjson'),
    ).to.equal(2);
    expect(items('[{"timestamp":1,"data":1},{"timestamp":1,"data":1, "x":2}]'), 'unalike').to.equal(
      undefined,
    );
    expect(items('[{"timestamp":1}]'), 'without data').to.equal(undefined);
    expect(items('[{"timestamp":1,"data":1,"state":"issue"}]'), 'reports').to.equal(undefined);
    expect(items(`[${Array(4).fill('{"timestamp":1,"data":1}').join()}]`), 'too many').to.equal(undefined);
    expect(items(`[{"timestamp":${NOW + 61},"data":1}]`), 'ahead of the clock').to.equal(undefined);
    const invalid = Buffer.from('[{"timestamp":1,"data":"é"}]', 'latin1');
    expect(scanner.scan(invalid, { ...options, format: 'array' }), 'no UTF-8').to.equal(undefined);
  });
});

import { expect } from 'chai';
import fc from 'fast-check';

import { arbitraryName } from '../../testing/arbitrary-reports.ts';
import { mutate, mutation } from '../../testing/mutations.ts';
import { blank, writeBody } from '../../testing/written-bodies.ts';
import { compiledKernel, ReportScanner, type ScanOptions } from './scanner.ts';
import { agreeOn, NOW, scanOptions } from './testing/both-readers.ts';

const RUNS = 2000;

const plainName = fc.constantFrom(
  'a',
  'b',
  'web',
  'service-1',
  'service-2',
  'x'.repeat(255),
  '☂',
  'a b',
  '',
  '\\u0061',
);
const hostileName = fc.constantFrom(
  ...[
    'x'.repeat(256),
    '😀'.repeat(255),
    '\\"',
    '\\\\',
    'a\\nb',
    '\u0001',
    '\u007f',
    '\u0085',
    'é',
    '\\ud800',
    '{}',
  ],
  ...[
    '","state":"issue',
    'a","timestamp":1',
    '\u2028',
    'deploy',
    'x'.repeat(7),
    'x'.repeat(8),
    'x'.repeat(9),
  ],
);
// Made beforehand: a body has too many of them.
const someNames = fc
  .sample(arbitraryName, { numRuns: 200, seed: 1 })
  .map((text) => JSON.stringify(text).slice(1, -1));
const name = fc.oneof(
  { weight: 12, arbitrary: plainName },
  { weight: 6, arbitrary: fc.constantFrom(...someNames) },
  { weight: 1, arbitrary: hostileName },
);
const state = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom('"deploy"', '"issue"') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('"idle"', '"issues"', '"deploy', '"Deploy"', 'null', '"\\u0069ssue"'),
  },
);
const time = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: NOW - 9000, max: NOW + 60 }).map(String) },
  { weight: 4, arbitrary: fc.nat({ max: NOW + 60 }).map(String) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.integer({ min: NOW - 9, max: NOW + 60 }), fc.stringMatching(/^(9{0,6}\d{0,12})$/))
      .map(([seconds, decimals]) => `${seconds}.${decimals}`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[
        '0',
        '00',
        '01',
        '-0',
        '-1',
        '1.0',
        '1.5',
        '1e3',
        '1E9',
        `${NOW + 61}`,
        `${NOW}000`,
        '4294967296',
        '99999999',
      ],
      ...[
        '100000000',
        '99999999999',
        '9'.repeat(19),
        '9'.repeat(400),
        '12345678',
        '1234567',
        '"2023-11-14T22:13:20Z"',
      ],
      ...['null', '1 2', '0x10', '17000000oo', '17000000', '18446744073709551617', '170000000٠'],
    ),
  },
);
const otherMember = fc.constantFrom(
  ...[
    '"x":1',
    '"host":"a"',
    '"tags":{"a":[1,{"b":null}]}',
    '"é":"\\n"',
    '"x":tru',
    '"data":1',
    '"x":"}"',
    '"":[]',
  ],
  ...[
    '"state":"deploy"',
    '"timestamp":5',
    '"service_name":"q"',
    '"d\\u0061ta":2',
    '"y":"a\\"b"',
    '"x":01',
    '"x":{"data":1}',
  ],
);

const item = fc.record({ name, state, time });
const layout = fc.record({
  order: fc.constantFrom('nst', 'nts', 'snt', 'stn', 'tns', 'tsn'),
  others: fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    { weight: 3, arbitrary: fc.array(fc.tuple(fc.nat({ max: 3 }), otherMember), { maxLength: 2 }) },
  ),
  blanks: fc.oneof(
    { weight: 2, arbitrary: fc.constant(['']) },
    { weight: 1, arbitrary: fc.array(blank, { minLength: 1, maxLength: 7 }) },
  ),
  separator: fc.constantFrom('', '', ' \n ', '\n\n', '\r\n', ' '),
  around: fc.tuple(blank, blank, blank),
});

const body = fc
  .record({
    format: fc.constantFrom('array' as const, 'ndjson' as const),
    layout,
    items: fc.array(item, { maxLength: 12, size: 'max' }),
    batchSize: fc.constantFrom(1, 3, 20_000),
    maxEvents: fc.constantFrom(8, 1_000_000),
    shards: fc.constantFrom(1, 3),
  })
  .map(({ format, layout: { order, ...writing }, items, ...options }) => {
    const members = items.map(({ name, state, time }) =>
      Array.from(order, (which): [string, string] => {
        if (which === 'n') return ['service_name', `"${name}"`];
        return which === 's' ? ['state', state] : ['timestamp', time];
      }),
    );
    const bytes = writeBody(members, { format, ...writing });
    return { bytes, options: { ...scanOptions, format, ...options } };
  });

describe('a scanned body', () => {
  const kernel = compiledKernel();
  // One for all bodies of so many shards, so that what is remembered of one meets the next.
  const scanners = new Map(kernel && [1, 3].map((shards) => [shards, new ReportScanner(kernel)]));
  const agree = (bytes: Buffer, options: ScanOptions) => {
    const scanner = scanners.get(options.shards);
    return scanner !== undefined && agreeOn(scanner, bytes, options);
  };

  it('is read as the careful reader does, or left to it', () => {
    let scanned = 0;
    fc.assert(
      fc.property(body, ({ bytes, options }) => {
        if (agree(bytes, options)) scanned++;
      }),
      { numRuns: RUNS },
    );
    expect(scanned, 'bodies that were scanned').to.be.above(RUNS / 50);
  });

  it('is so, too, where something in it was changed', () => {
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

  it('is so, too, where one thing in a good one was changed', () => {
    const good = Array.from({ length: 6 }, (_, index) => ({
      service_name: `service-${index % 4}`,
      state: index % 3 === 0 ? 'issue' : 'deploy',
      timestamp: NOW - 1200 * index,
    }));
    const texts = {
      array: Buffer.from(JSON.stringify(good)),
      ndjson: Buffer.from(good.map((report) => JSON.stringify(report)).join('\n')),
    };
    let scanned = 0;
    fc.assert(
      fc.property(fc.constantFrom('array' as const, 'ndjson' as const), mutation, (format, change) => {
        if (agree(mutate(texts[format], change), { ...scanOptions, format })) scanned++;
      }),
      { numRuns: RUNS },
    );
    expect(scanned, 'bodies that were scanned').to.be.above(RUNS / 50);
  });
});

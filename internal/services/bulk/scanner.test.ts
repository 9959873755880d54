import { expect } from 'chai';

import { compiledKernel, KEPT_BYTES, ReportScanner, type ScanOptions } from './scanner.ts';
import { agreeOn, NOW, readCarefully, reportsIn, scanOptions } from './testing/both-readers.ts';

const MAX_BODY_BYTES = 32 * 2 ** 20;
const MASK = 2n ** 64n - 1n;

interface Item {
  readonly service_name: string;
  readonly state: string;
  readonly timestamp: number;
}

const report = (index: number, service = `service-${index % 7}`): Item => ({
  service_name: service,
  state: index % 3 === 0 ? 'issue' : 'deploy',
  timestamp: NOW - index,
});
const reports = (count: number, serviceOf?: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => report(index, serviceOf?.(index)));
const bodyOf = (items: readonly unknown[]) => Buffer.from(JSON.stringify(items));

describe('the scanner of bulk reports', () => {
  let scanner: ReportScanner;

  beforeEach(() => {
    scanner = scannerWith();
  });

  function scannerWith(...args: [(() => bigint)?]): ReportScanner {
    const kernel = compiledKernel();
    if (kernel === undefined) throw new Error('npm run build was not run');
    return new ReportScanner(kernel, ...args);
  }

  const scans = (body: Buffer | string, options: Partial<ScanOptions> = {}) =>
    agreeOn(scanner, Buffer.from(body), { ...scanOptions, ...options });

  const [first, second] = [
    '{"service_name":"a","state":"issue","timestamp":1}',
    '{"service_name":"b","state":"deploy","timestamp":2}',
  ];

  for (const [what, body] of [
    ['what JSON.stringify makes', JSON.stringify(reports(100))],
    ['one report', `[${first}]`],
    ['blanks around everything', ` [\n  ${first} ,\n  ${second}\n]\n`],
    [
      'blanks within',
      '[{ "service_name" : "a" , "state" : "issue" , "timestamp" : 1 }, { "service_name" : "b" , "state" : "issue" , "timestamp" : 2 }]',
    ],
    [
      'another order',
      '[{"timestamp":1,"state":"issue","service_name":"a"},{"timestamp":2,"state":"deploy","service_name":"a"}]',
    ],
    [
      'members that are the same in all items',
      '[{"v":{"x":[1,"\\n"]},"state":"issue","service_name":"a","timestamp":1,"host":"☂"}]',
    ],
    ['names in any script', '[{"service_name":"é😀","state":"issue","timestamp":1}]'],
    ['a time at the very bound', `[{"service_name":"a","state":"issue","timestamp":${NOW + 60}}]`],
    [
      'fractions',
      `[${first},{"service_name":"a","state":"issue","timestamp":${NOW}.25},{"service_name":"a","state":"issue","timestamp":${NOW + 59}.99999899999}]`,
    ],
    ['the time 0', '[{"service_name":"a","state":"issue","timestamp":0}]'],
  ] as const) {
    it(`takes ${what}`, () => expect(scans(body)).to.equal(true));
  }

  for (const [what, body] of [
    ['line by line', `${first}\n${second}`],
    ['with a line end at the end, and of any kind', `${first}\r\n${second}\r\n`],
    ['with blank lines around', `\n\n${first}\n${second}\n\n`],
  ] as const) {
    it(`takes NDJSON ${what}`, () => expect(scans(body, { format: 'ndjson' })).to.equal(true));
  }

  for (const [what, body] of [
    ['an empty array', '[]'],
    ['nothing', ''],
    ['payload events', '[{"timestamp":1,"data":{}}]'],
    ['reports with data', '[{"service_name":"a","state":"issue","timestamp":1,"data":null}]'],
    ['escapes in names', '[{"service_name":"\\u0061","state":"issue","timestamp":1}]'],
    ['escapes in keys', '[{"service_name":"a","state":"issue","timestamp":1,"d\\u0061ta":1}]'],
    ['a fraction that is nearly a second', '[{"service_name":"a","state":"issue","timestamp":1.9999994}]'],
    ['a fraction too late', `[{"service_name":"a","state":"issue","timestamp":${NOW + 60}.001}]`],
    ['a fraction without digits', '[{"service_name":"a","state":"issue","timestamp":1.}]'],
    ['exponents', '[{"service_name":"a","state":"issue","timestamp":1e3}]'],
    ['RFC 3339', '[{"service_name":"a","state":"issue","timestamp":"2020-01-01T00:00:00Z"}]'],
    ['repeated keys', '[{"service_name":"a","state":"issue","state":"issue","timestamp":1}]'],
    ['a zero ahead of a number', '[{"service_name":"a","state":"issue","timestamp":01}]'],
    ['a second too late', `[{"service_name":"a","state":"issue","timestamp":${NOW + 61}}]`],
    ['milliseconds', `[{"service_name":"a","state":"issue","timestamp":${NOW}000}]`],
    ['negative times', '[{"service_name":"a","state":"issue","timestamp":-1}]'],
    ['another state', '[{"service_name":"a","state":"idle","timestamp":1}]'],
    ['an empty name', '[{"service_name":"","state":"issue","timestamp":1}]'],
    ['a name of 256 characters', `[{"service_name":"${'a'.repeat(256)}","state":"issue","timestamp":1}]`],
    ['a name with a control character', '[{"service_name":"\u0085","state":"issue","timestamp":1}]'],
    ['a second item that has more', `[${first},{"service_name":"a","state":"issue","timestamp":1,"x":1}]`],
    ['a comma too much', `[${first},]`],
    ['an array that does not end', `[${first}`],
    ['something behind the array', `[${first}]1`],
    ['lines that are not called so', `${first}\n${second}`],
  ] as const) {
    it(`leaves ${what} to the careful reader`, () => expect(scans(body)).to.equal(false));
  }

  it('leaves names that are not UTF-8 to the careful reader', () => {
    expect(scans(Buffer.from('[{"service_name":"\xff","state":"issue","timestamp":1}]', 'latin1'))).to.equal(
      false,
    );
  });

  it('leaves two reports in a line to the careful reader', () => {
    expect(scans(`${first} ${second}`, { format: 'ndjson' })).to.equal(false);
    expect(scans(`${first}\n${second} ${first}`, { format: 'ndjson' })).to.equal(false);
  });

  it('takes as many items as are allowed, and no more', () => {
    const body = bodyOf(reports(10));
    expect(scans(body, { maxEvents: 10 })).to.equal(true);
    expect(scans(body, { maxEvents: 9 })).to.equal(false);
  });

  it('cuts what a shard gets into batches as the careful reader does', () => {
    for (const batchSize of [1, 7, 99, 100]) {
      expect(scans(bodyOf(reports(300)), { batchSize })).to.equal(true);
    }
  });

  it('takes hours that go back and forth, and more of them than it keeps in mind', () => {
    const items = Array.from({ length: 2000 }, (_, index) => ({
      ...report(index, 'a'),
      timestamp: ((index * 37) % 100) * 3600 + (index % 3600),
    }));
    expect(scans(bodyOf(items))).to.equal(true);
  });

  it('makes several rows of what one cannot count', () => {
    const body = bodyOf(Array.from({ length: 140_000 }, () => report(3, 'a')));
    expect(scans(body, { batchSize: 1_000_000 })).to.equal(true);
  });

  it('takes a service to the same shard when there are others than before', () => {
    for (const shards of [3, 256, 1]) expect(scans(bodyOf(reports(50)), { shards })).to.equal(true);
    expect(scans(bodyOf(reports(50)), { shards: 257 })).to.equal(false);
  });

  it('goes back to its first size after the largest body, and knows what to do with the next', () => {
    expect(scans(bodyOf(reports(10)))).to.equal(true);
    const usual = scanner.keptBytes;
    const item = JSON.stringify(report(0, 'a'));
    const body = Buffer.from(
      `[${Array<string>(Math.floor(MAX_BODY_BYTES / (item.length + 1)) - 1)
        .fill(item)
        .join(',')}]`,
    );
    expect(body.length).to.be.within(MAX_BODY_BYTES - 2 * item.length, MAX_BODY_BYTES);
    const found = scanner.scan(body, scanOptions);
    expect(found?.reports.flat().reduce((sum, part) => sum + part.reports, 0)).to.equal(found?.items);
    expect(found?.items).to.be.above(500_000);
    expect(scanner.keptBytes).to.equal(0);
    expect(scans(bodyOf(reports(10)))).to.equal(true);
    expect(scanner.keptBytes).to.equal(usual);
    expect(scans(Buffer.concat([Buffer.alloc(KEPT_BYTES / 2, ' '), bodyOf(reports(10))]))).to.equal(true);
    expect(scanner.keptBytes).to.be.within(usual + 1, usual + KEPT_BYTES);
  });

  it('forgets names when there are too many, and answers the same', () => {
    const options = { ...scanOptions, shards: 1 };
    let scanned = 0;
    for (let from = 0; from < 700_000; from += 100_000) {
      const body = bodyOf(reports(100_000, (index) => `service ${from + index}`));
      const found = scanner.scan(body, options);
      if (found === undefined) continue;
      scanned++;
      expect(found.reports[0]?.reduce((sum, part) => sum + part.rows, 0)).to.be.at.least(100_000);
    }
    expect(scanned).to.be.at.least(6);
    const tooMany = bodyOf(reports(300_000, (index) => `service ${index}`));
    expect(scanner.scan(tooMany, options), 'more than it can know').to.equal(undefined);
    expect(scans(bodyOf(reports(1000, (index) => `service ${index}`)))).to.equal(true);
  });

  it('forgets names when they are too long in all', () => {
    const long = (from: number) => bodyOf(reports(7000, (index) => `${from + index}`.padEnd(250, '☂')));
    const scanned = [0, 7000, 0, 7000].map((from) => scanner.scan(long(from), scanOptions) !== undefined);
    expect(scanned, 'the second has no room beside the first').to.deep.equal([true, false, true, false]);
    expect(scans(bodyOf(reports(20)))).to.equal(true);
  });

  it('leaves names that were made to meet in its table to the careful reader', () => {
    scanner = scannerWith(() => 0n);
    const mix = (hash: bigint, word: bigint) => {
      const mixed = ((hash ^ word) * 0x9e3779b97f4a7c15n) & MASK;
      return mixed ^ (mixed >> 32n);
    };
    // Names of seven bytes are one word.
    const placeOf = (name: string) =>
      (mix(mix(0n, BigInt(`0x${Buffer.from(name).reverse().toString('hex')}`)), 7n) >> 32n) & 1023n;
    const meeting: string[] = [];
    for (let index = 1_000_000; meeting.length < 129; index++) {
      if (placeOf(`${index}`) === 5n) meeting.push(`${index}`);
    }
    expect(scans(bodyOf(reports(128, (index) => meeting[index] ?? '')))).to.equal(true);
    expect(scans(bodyOf(reports(129, (index) => meeting[index] ?? '')))).to.equal(false);
    expect(scans(bodyOf(reports(10)))).to.equal(true);
  });

  it('finds nothing of the body before in the next one', () => {
    expect(scans(bodyOf(reports(100)))).to.equal(true);
    const body = bodyOf(reports(2));
    const found = scanner.scan(body, scanOptions);
    const read = readCarefully(body, scanOptions);
    expect(read).to.have.property('accepted', 2);
    expect(found && reportsIn(found.reports).flat(2)).to.have.length(2);
    for (let length = 0; length < body.length; length++) {
      expect(scans(body.subarray(0, length)), `${length} bytes`).to.equal(false);
    }
  });
});

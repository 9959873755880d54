import { Readable } from 'node:stream';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';

import { expect } from 'chai';

import { expectProblem } from './testing/expect-problem.ts';
import { NOW, useKnownService } from './testing/use-service.ts';

const MIB = 1024 * 1024;
const MAX_BODY_BYTES = 32 * MIB;

const json = JSON.stringify({ service_name: 'web', state: 'deploy', timestamp: NOW });
const nameOf = (levels: number) => json.replace('"web"', '['.repeat(levels) + ']'.repeat(levels));
const invalidUtf8 = (bytes: number[]) =>
  Buffer.concat([Buffer.from('{"service_name":"a'), Buffer.from(bytes), Buffer.from(json.slice(20))]);
/** Zeros that expand a thousandfold: 1 GiB in members of 32 MiB each. */
const bomb = () => Buffer.concat(new Array<Buffer>(32).fill(gzipSync(Buffer.alloc(32 * MIB))));

type Case = readonly [what: string, body: () => string | Buffer, detail: RegExp, encoding?: string];

const unreadable: readonly Case[] = [
  ['an empty body', () => '', /empty/],
  ['blanks only', () => ' \r\n ', /empty/],
  ['a form', () => 'service_name=web&state=deploy', /not valid JSON/],
  ['JSON that is cut off', () => json.slice(0, -5), /not valid JSON/],
  ['two JSON values', () => json + json, /not valid JSON at position/],
  ['NaN as JSON text', () => json.replace(String(NOW), 'NaN'), /not valid JSON/],
  ['Infinity as JSON text', () => json.replace(String(NOW), 'Infinity'), /not valid JSON/],
  ['a hexadecimal number', () => json.replace(String(NOW), '0x10'), /not valid JSON/],
  ['a bare control character', () => json.replace('web', 'we\u0001b'), /not valid JSON/],
  ['a byte that UTF-8 never has', () => invalidUtf8([0xff]), /not valid UTF-8/],
  ['an overlong UTF-8 form', () => invalidUtf8([0xc0, 0xaf]), /not valid UTF-8/],
  ['a surrogate in UTF-8', () => invalidUtf8([0xed, 0xa0, 0x80]), /not valid UTF-8/],
  ['UTF-16', () => Buffer.from(json, 'utf16le'), /not valid/],
  ['100,000 levels', () => '['.repeat(1e5) + ']'.repeat(1e5), /deeper than 10000/],
  ['1,000,000 levels', () => '['.repeat(1e6) + ']'.repeat(1e6), /deeper than 10000/],
  ['1,000,000 levels of objects', () => '{"a":'.repeat(1e6), /deeper than 10000/],
  ['100,000 levels in service_name', () => nameOf(1e5), /deeper than 10000/],
  ['1,000,000 levels in service_name', () => nameOf(1e6), /deeper than 10000/],
  ['levels as many as fit', () => '['.repeat(MAX_BODY_BYTES), /deeper than 10000/],
  ['gzip that is cut off', () => gzipSync(json).subarray(0, -9), /not valid gzip, or is cut off/, 'gzip'],
  ['gzip that is not', () => json, /not valid gzip/, 'gzip'],
  ['an empty gzip body', () => '', /empty|cut off/, 'gzip'],
  [
    'gzip with a wrong checksum',
    () => gzipSync(json).fill(0, gzipSync(json).length - 8),
    /not valid gzip/,
    'gzip',
  ],
  ['deflate that is cut off', () => deflateSync(json).subarray(0, -9), /not valid deflate/, 'deflate'],
  ['brotli that is cut off', () => brotliCompressSync(json).subarray(0, -9), /not valid br/, 'br'],
  ['gzip inside gzip, said once', () => gzipSync(gzipSync(json)), /not valid (UTF-8|JSON)/, 'gzip'],
];

describe('a body that cannot be read', () => {
  const service = useKnownService();

  for (const [what, body, detail, encoding] of unreadable) {
    it(`is refused: ${what}`, async () => {
      const headers = encoding === undefined ? {} : { 'content-encoding': encoding };
      const answer = await service.postEvent(body(), headers);
      expect(expectProblem(answer, 400, 'invalid-body').detail)
        .to.match(detail)
        .and.not.include('web');
      await service.expectUntouched();
    });
  }

  for (const encoding of ['gzip, gzip', 'compress', 'zstd', 'gzip;q=1', 'utf-8']) {
    it(`is refused with 415: Content-Encoding ${encoding}`, async () => {
      const answer = await service.postEvent(gzipSync(gzipSync(json)), { 'content-encoding': encoding });
      expectProblem(answer, 415, 'unsupported-media-type');
      expect(answer.headers['accept-encoding']).to.equal('gzip, deflate, br');
      await service.expectUntouched();
    });
  }

  for (const type of ['multipart/form-data; boundary=x', 'Multipart/Mixed']) {
    it(`is refused with 415: ${type}`, async () => {
      const answer = await service.postEvent(json, { 'content-type': type });
      expectProblem(answer, 415, 'unsupported-media-type');
      await service.expectUntouched();
    });
  }
});

describe('a body that is too large', () => {
  const service = useKnownService();

  it('is refused by its Content-Length', async () => {
    expectProblem(await service.postEvent(Buffer.alloc(33 * MIB, ' ')), 413, 'too-large');
    await service.expectUntouched();
  });

  it('is refused when its chunks get there', async () => {
    const mebibyte = Buffer.alloc(MIB, ' ');
    const body = Readable.from(new Array<Buffer>(33).fill(mebibyte));
    const answer = await service.send({ method: 'POST', path: '/event', body });
    expectProblem(answer, 413, 'too-large');
    await service.expectUntouched();
  });

  it('is taken up to the last byte that fits', async () => {
    expect((await service.postEvent(json.padEnd(MAX_BODY_BYTES))).status).to.equal(200);
  });

  it('is refused when it expands past the limit', async () => {
    const body = gzipSync(json.padEnd(MAX_BODY_BYTES + 1));
    expectProblem(await service.postEvent(body, { 'content-encoding': 'gzip' }), 413, 'too-large');
    await service.expectUntouched();
  });

  it('is not expanded further than the limit, member after member', async () => {
    const body = bomb();
    const peakBytes = () => process.resourceUsage().maxRSS * 1024;
    const before = peakBytes();
    expectProblem(await service.postEvent(body, { 'content-encoding': 'gzip' }), 413, 'too-large');
    expect(peakBytes() - before, 'memory of a bomb of 1 GiB').to.be.below(256 * MIB);
    await service.expectUntouched();
  });

  it('is refused the same in brotli and deflate', async () => {
    const zeros = Buffer.alloc(MAX_BODY_BYTES + 1);
    const deflated = await service.postEvent(deflateSync(zeros), { 'content-encoding': 'deflate' });
    expectProblem(deflated, 413, 'too-large');
    const brotli = await service.postEvent(brotliCompressSync(zeros), { 'content-encoding': 'br' });
    expectProblem(brotli, 413, 'too-large');
    await service.expectUntouched();
  });
});

describe('the limit of a body', () => {
  const service = useKnownService({ environment: { MAX_BODY_BYTES: '100' } });

  it('is MAX_BODY_BYTES exactly', async () => {
    expect((await service.postEvent(json.padEnd(100))).status).to.equal(200);
    expectProblem(await service.postEvent(json.padEnd(101)), 413, 'too-large');
  });
});

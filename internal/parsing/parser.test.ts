import { expect } from 'chai';

import { Problem } from '../frontdoor/problem.ts';
import { UnavailableError } from '../shards/unavailable.ts';
import { createLogger } from '../telemetry/logger.ts';
import { INLINE_BYTES, Parser } from './parser.ts';
import { oddParser, type Deed } from './testing/odd-parser.ts';

const small = () => Buffer.alloc(INLINE_BYTES, 'a');
const large = () => Buffer.alloc(INLINE_BYTES + 1, 'a');

describe('the parser of bodies', () => {
  let parser: Parser;

  beforeEach(() => {
    parser = parserWith(60_000);
  });

  afterEach(() => parser.stop());

  function parserWith(timeoutMs: number): Parser {
    return new Parser({
      parserFile: new URL('testing/odd-parser.js', import.meta.url),
      idleTimeoutMs: 60_000,
      timeoutMs,
      logger: createLogger('silent'),
    });
  }

  const parse = (body: Buffer, deed: Deed) => parser.parse(oddParser, [body], deed);

  const failureOf = (parsing: Promise<unknown>): Promise<unknown> =>
    parsing.then(
      () => undefined,
      (error: unknown) => error,
    );

  it('parses small bodies on the spot and large ones in a thread', async () => {
    expect((await parse(small(), 'measure')).ranIn).to.equal('main');
    expect((await parse(large(), 'measure')).ranIn).to.equal('thread');
  });

  it('hands over the bytes of a body, in pieces of whatever buffers, and gets those of the result back', async () => {
    const expected = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
    const whole = Buffer.from(expected);
    const pieces = [whole.subarray(0, 1000), Buffer.alloc(0), whole.subarray(1000), Buffer.from('end')];
    for (const [body, bytes] of [
      [[Buffer.from(expected)], expected],
      [pieces, Buffer.concat([expected, Buffer.from('end')])],
    ] as const) {
      const { bytes: returned } = await parser.parse(oddParser, body, 'return bytes');
      expect(bytes.equals(returned)).to.equal(true);
    }
  });

  it('parses small bodies in pieces, too', async () => {
    const { bytes } = await parser.parse(oddParser, [Buffer.from('ab'), Buffer.from('c')], 'return bytes');
    expect(Buffer.from(bytes).toString()).to.equal('abc');
  });

  for (const [where, body] of [
    ['on the spot', small],
    ['in the thread', large],
  ] as const) {
    it(`refuses with the same problem ${where}`, async () => {
      const problem = await failureOf(parse(body(), 'refuse'));
      expect(problem).to.be.instanceOf(Problem).and.include({ status: 400, code: 'invalid-request' });
      expect(problem).to.have.deep.property('errors', [{ index: 7, field: 'a', message: 'is b' }]);
    });
  }

  for (const deed of ['throw', 'exit', 'exhaust memory'] as const) {
    it(`says unavailable for a body that makes the thread ${deed}, and goes on`, async () => {
      expect(await failureOf(parse(large(), deed))).to.be.instanceOf(UnavailableError);
      expect((await parse(large(), 'measure')).ranIn).to.equal('thread');
    });
  }

  it('says unavailable when a body takes too long, and goes on with another thread', async () => {
    await parser.stop();
    parser = parserWith(1000);
    expect(await failureOf(parse(large(), 'loop'))).to.be.instanceOf(UnavailableError);
    await parser.stop();
    parser = parserWith(60_000);
    expect((await parse(large(), 'measure')).ranIn).to.equal('thread');
  });

  it('takes nothing for the thread any more once it is stopped, however often', async () => {
    const parsing = failureOf(parse(large(), 'loop'));
    await parser.stop();
    await parser.stop();
    expect(await parsing).to.be.instanceOf(UnavailableError);
    expect(await failureOf(parse(large(), 'measure'))).to.be.instanceOf(UnavailableError);
  });
});

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

  function parserWith(timeoutMs: number, maxWaitingBytes?: number): Parser {
    return new Parser({
      ...(maxWaitingBytes !== undefined && { maxWaitingBytes }),
      parserFile: new URL('testing/odd-parser.js', import.meta.url),
      idleTimeoutMs: 60_000,
      timeoutMs,
      logger: createLogger('silent'),
    });
  }

  const parse = (body: Buffer, deed: Deed) => parser.parse(oddParser, body, deed);

  const failureOf = (parsing: Promise<unknown>): Promise<unknown> =>
    parsing.then(
      () => undefined,
      (error: unknown) => error,
    );

  it('parses small bodies on the spot and large ones in a thread', async () => {
    expect((await parse(small(), 'measure')).ranIn).to.equal('main');
    expect((await parse(large(), 'measure')).ranIn).to.equal('thread');
  });

  it('parses larger ones on the spot where all is alike, and the largest in a thread all the same', async () => {
    const asked: number[] = [];
    const quick: typeof oddParser = {
      ...oddParser,
      parseAlike(body) {
        asked.push(body.length);
        return body[0] === 0x61 ? { bytes: Uint8Array.of(1), ranIn: 'main' } : undefined;
      },
    };
    const ranIn = async (body: Buffer) => {
      const { ranIn } = await parser.parse(quick, body, 'measure');
      // Its memory was given back, here or to the thread.
      expect(body.buffer.byteLength).to.equal(0);
      return ranIn;
    };
    const megabyte = 2 ** 20;
    expect(await ranIn(Buffer.alloc(2 * megabyte, 'a'))).to.equal('main');
    expect(await ranIn(Buffer.alloc(2 * megabyte, 'b'))).to.equal('thread');
    expect(await ranIn(Buffer.alloc(2 * megabyte + 1, 'a'))).to.equal('thread');
    expect(asked).to.deep.equal([2 * megabyte, 2 * megabyte]);
  });

  it('hands over the bytes of a body, wherever in its memory they lie, and gets those of the result back', async () => {
    const expected = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
    const bodies = [
      [Buffer.from(expected), expected],
      [Buffer.from(expected).subarray(1000, 200_000), expected.subarray(1000, 200_000)],
      [Buffer.from(new Uint8Array(new SharedArrayBuffer(100_000)).fill(7).buffer), Buffer.alloc(100_000, 7)],
    ] as const;
    for (const [body, bytes] of bodies) {
      const { bytes: returned } = await parser.parse(oddParser, body, 'return bytes');
      expect(bytes.equals(returned)).to.equal(true);
    }
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

  it('takes no body for stuck because it waits for others', async () => {
    await parser.stop();
    parser = parserWith(2000);
    await parse(large(), 'measure');
    const parsings = Array.from({ length: 5 }, () => failureOf(parse(large(), 'dawdle')));
    expect(await Promise.all(parsings)).to.deep.equal(parsings.map(() => undefined));
  });

  it('refuses no body because the one before it was lost', async () => {
    const lost = failureOf(parse(large(), 'exit'));
    const others = [parse(large(), 'measure'), parse(large(), 'measure')];
    expect(await lost)
      .to.be.instanceOf(UnavailableError)
      .and.include({ code: 'parser-lost' });
    expect((await Promise.all(others)).map(({ ranIn }) => ranIn)).to.deep.equal(['thread', 'thread']);
  });

  it('refuses at once what would wait with too many bytes before it, and takes it again later', async () => {
    await parser.stop();
    parser = parserWith(60_000, 2 * large().length);
    const first = parse(large(), 'measure');
    const waiting = [parse(large(), 'measure'), parse(large(), 'measure')];
    expect(await failureOf(parse(large(), 'measure')))
      .to.be.instanceOf(UnavailableError)
      .and.include({ code: 'queue-full' });
    await Promise.all([first, ...waiting]);
    expect((await parse(large(), 'measure')).ranIn).to.equal('thread');
  });

  it('takes a body larger than what may wait while none waits', async () => {
    await parser.stop();
    parser = parserWith(60_000, 1);
    await Promise.all([parse(large(), 'measure'), parse(large(), 'measure')]);
  });

  it('takes nothing for the thread any more once it is stopped, however often', async () => {
    const parsing = failureOf(parse(large(), 'loop'));
    await parser.stop();
    await parser.stop();
    expect(await parsing).to.be.instanceOf(UnavailableError);
    expect(await failureOf(parse(large(), 'measure'))).to.be.instanceOf(UnavailableError);
  });
});

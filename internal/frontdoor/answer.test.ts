import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

import { expect } from 'chai';
import Koa, { type Context } from 'koa';

import { until } from '../testing/until.ts';
import { answerJson, answerStream } from './answer.ts';

const MIB = 1024 * 1024;

describe('an answer', () => {
  let server: Server;
  let writes: number;
  let isMaking: boolean;
  let answer: (context: Context) => Promise<void> | void;

  async function* pieces(count: number, piece: string) {
    isMaking = true;
    try {
      for (let index = 0; index < count; index++) yield await Promise.resolve(piece);
    } finally {
      isMaking = false;
    }
  }

  beforeEach(async () => {
    writes = 0;
    isMaking = false;
    const app = new Koa();
    app.use((context) => {
      const { res } = context;
      const write = res.write.bind(res) as (chunk: unknown, ...more: unknown[]) => boolean;
      res.write = (chunk: unknown, ...more: unknown[]) => {
        writes++;
        return write(chunk, ...more);
      };
      return answer(context);
    });
    app.on('error', () => undefined);
    server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    server.close();
    await once(server, 'close');
  });

  async function get(method = 'GET', headers: Record<string, string> = {}): Promise<IncomingMessage> {
    const { port } = server.address() as AddressInfo;
    const asked = request({ host: '127.0.0.1', port, method, headers, agent: false }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    return response;
  }

  it('that is made of many small pieces is sent in few', async () => {
    answer = (context) => answerStream(context, pieces(300_000, '1234567'));
    const response = await get();
    expect(response.headers).to.include({ 'transfer-encoding': 'chunked', 'cache-control': 'no-store' });
    expect(await text(response)).to.equal('1234567'.repeat(300_000));
    expect(writes).to.be.below(100);
  });

  it('that is made of few pieces has its length', async () => {
    answer = (context) => answerStream(context, pieces(3, '☂'));
    const response = await get();
    expect(response.headers).to.include({ 'content-length': '9' });
    expect(await text(response)).to.equal('☂☂☂');
  });

  it('that is long text is sent bit by bit, with its length and no character torn', async () => {
    const json = `"${'a☂'.repeat(MIB)}"`;
    answer = (context) => answerJson(context, json);
    const response = await get();
    expect(response.headers['content-length']).to.equal(String(Buffer.byteLength(json)));
    expect((await text(response)) === json).to.equal(true);
    expect(writes).to.be.within(4 * 16, 4 * 16 + 2);
    expect((await get('HEAD')).headers['content-length']).to.equal(String(Buffer.byteLength(json)));
  });

  it('is of the type that it is said to be', async () => {
    answer = (context) => answerStream(context, pieces(2, '{}\n'), 'application/x-ndjson');
    expect((await get()).headers['content-type']).to.equal('application/x-ndjson');
  });

  it('is ended where it is made when only its head is asked for', async () => {
    answer = (context) => answerStream(context, pieces(3, 'x'.repeat(MIB)));
    expect(await text(await get('HEAD'))).to.equal('');
    expect(isMaking).to.equal(false);
  });

  it('is ended where it is made when the caller goes', async () => {
    answer = (context) => answerStream(context, pieces(10_000, 'x'.repeat(MIB)));
    const response = await get();
    await once(response, 'data');
    expect(isMaking).to.equal(true);
    response.destroy();
    await until('it is ended', () => !isMaking);
  });

  describe('for who takes gzip', () => {
    const gzip = { 'accept-encoding': 'br;q=1, gzip' };

    it('is compressed, whether it is made in pieces or at once, and says so', async () => {
      const long = '{"web":{"state":"idle"}}☂'.repeat(1000);
      for (const make of [
        (context: Context) => answerStream(context, pieces(100, long)),
        (context: Context) => answerJson(context, long.repeat(100)),
        (context: Context) => answerJson(context, long),
      ]) {
        answer = make;
        const plain = await text(await get());
        const response = await get('GET', gzip);
        expect(response.headers).to.include({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
        const compressed = await buffer(response);
        expect(compressed.length).to.be.below(Buffer.byteLength(plain) / 10);
        expect(gunzipSync(compressed).toString() === plain).to.equal(true);
        const refused = await get('GET', { 'accept-encoding': 'gzip;q=0' });
        expect(refused.headers).not.to.have.property('content-encoding');
        expect((await text(refused)) === plain).to.equal(true);
      }
    });

    it('is sent as it is where it is short', async () => {
      answer = (context) => answerJson(context, '{}');
      const response = await get('GET', gzip);
      expect(response.headers).not.to.have.property('content-encoding');
      expect(await text(response)).to.equal('{}');
    });

    it('is cut where it fails halfway', async () => {
      answer = (context) => answerStream(context, failing());
      const response = await get('GET', gzip);
      const [error] = (await once(response.resume(), 'error')) as [NodeJS.ErrnoException];
      expect(error.code).to.equal('ECONNRESET');
    });

    async function* failing() {
      yield* pieces(3, randomBytes(MIB).toString('latin1'));
      throw new Error('it fails');
    }

    it('is ended where it is made when the caller goes', async () => {
      answer = (context) => answerStream(context, pieces(10_000, randomBytes(MIB).toString('latin1')));
      const response = await get('GET', gzip);
      await once(response, 'data');
      expect(isMaking).to.equal(true);
      response.destroy();
      await until('it is ended', () => !isMaking);
    });
  });
});

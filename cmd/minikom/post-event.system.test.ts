import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';

import { expect } from 'chai';

import { exchange } from '../../internal/testing/wire.ts';
import { NOW, useKnownService } from './testing/use-service.ts';

const good = { service_name: 'web', state: 'deploy', timestamp: NOW };
const json = JSON.stringify(good);

describe('POST /event', () => {
  const service = useKnownService();

  async function stateOf(name: string): Promise<unknown> {
    const answer = await service.send({ path: '/services' });
    return new Map(Object.entries(JSON.parse(answer.text) as Record<string, unknown>)).get(name);
  }

  it('answers 200 without a body', async () => {
    const { status, headers, text } = await service.postEvent(good);
    expect({ status, text, length: headers['content-length'] }).to.deep.equal({
      status: 200,
      text: '',
      length: '0',
    });
    expect(headers).to.not.have.property('content-type');
    expect(await stateOf('web')).to.deep.equal({ state: 'deploy', since: NOW });
  });

  for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'application/json; charset=utf-8']) {
    it(`takes JSON whatever it is called, such as ${type}`, async () => {
      expect((await service.postEvent(good, { 'content-type': type })).status).to.equal(200);
      expect(await stateOf('web')).to.deep.equal({ state: 'deploy', since: NOW });
    });
  }

  const encodings: readonly (readonly [string, string, Buffer])[] = [
    ['gzip', 'gzip', gzipSync(json)],
    ['gzip under its old name', 'x-gzip', gzipSync(json)],
    ['gzip in two members', 'gzip', Buffer.concat([gzipSync(json.slice(0, 9)), gzipSync(json.slice(9))])],
    ['deflate as zlib', 'deflate', deflateSync(json)],
    ['deflate as a bare stream', 'deflate', deflateRawSync(json)],
    ['brotli', 'br', brotliCompressSync(json)],
    ['an encoding in capitals', 'GZIP', gzipSync(json)],
    ['no encoding, by name', 'Identity', Buffer.from(json)],
  ];
  for (const [what, encoding, body] of encodings) {
    it(`reads ${what}`, async () => {
      expect((await service.postEvent(body, { 'content-encoding': encoding })).status).to.equal(200);
      expect(await stateOf('web')).to.deep.equal({ state: 'deploy', since: NOW });
    });
  }

  it('reads a body that comes in chunks', async () => {
    const chunks = [json.slice(0, 7), json.slice(7)];
    const encoded = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('');
    const head =
      'POST /event HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n';
    const answers = await exchange(service.port, `${head}${encoded}0\r\n\r\n`);
    expect(answers.map(({ status }) => status)).to.deep.equal([200]);
  });

  const taken: readonly (readonly [string, unknown, number])[] = [
    ['a fraction of a second, rounded down', { ...good, timestamp: NOW - 0.25 }, NOW - 1],
    ['a timestamp of 0', { ...good, timestamp: 0 }, 1],
    ['a timestamp of -0', `{"service_name":"web","state":"deploy","timestamp":-0}`, 1],
    ['an exponent', `{"service_name":"web","state":"deploy","timestamp":1.7e9}`, NOW],
    ['the last second that is not too far ahead', { ...good, timestamp: NOW + 60 }, NOW + 60],
    ['unknown fields, ignored', `{"__proto__":{"state":"issue"},"constructor":1,${json.slice(1)}`, NOW],
    ['a key twice, of which the last counts', `{"timestamp":1,"state":"idle",${json.slice(1)}`, NOW],
    ['blanks around the JSON', `\r\n\t ${json} \n`, NOW],
    ['a deep value in an unknown field', `{"x":${'['.repeat(9000)}${']'.repeat(9000)},${json.slice(1)}`, NOW],
    ['brackets inside text', `{"x":"${'[\\"'.repeat(20_000)}",${json.slice(1)}`, NOW],
  ];
  for (const [what, body, since] of taken) {
    it(`takes ${what}`, async () => {
      expect((await service.postEvent(body)).status).to.equal(200);
      expect(await stateOf('web')).to.have.property('since', since);
    });
  }

  it('takes a query it does not know', async () => {
    const answer = await service.send({ method: 'POST', path: '/event?from=test', body: json });
    expect({ status: answer.status, text: answer.text }).to.deep.equal({ status: 200, text: '' });
  });

  it('keeps the connection for the next request', async () => {
    const one = `POST /event HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${json.length}\r\n`;
    const bytes = `${one}\r\n${json}${one}Connection: close\r\n\r\n${json}`;
    const answers = await exchange(service.port, bytes);
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200]);
  });
});

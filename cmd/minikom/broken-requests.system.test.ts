import { expect } from 'chai';

import { exchange } from '../../internal/testing/wire.ts';
import { expectProblem } from './testing/expect-problem.ts';
import { NOW, useKnownService } from './testing/use-service.ts';

const json = JSON.stringify({ service_name: 'web', state: 'deploy', timestamp: NOW });
const post = (headers: string, body: string) =>
  `POST /event HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n\r\n${body}`;
const length = `Content-Length: ${json.length}`;
const chunk = `${json.length.toString(16)}\r\n${json}\r\n`;

const refused: readonly (readonly [what: string, bytes: string])[] = [
  ['what is not HTTP', 'hello\r\n\r\n'],
  ['a TLS handshake', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['a method that nobody knows', 'BREW /event HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ['no Host', `POST /event HTTP/1.1\r\n${length}\r\n\r\n${json}`],
  ['two Hosts', post(`Host: b\r\n${length}`, json)],
  ['the same Host twice', post(`host: localhost\r\n${length}`, json)],
  ['chunks within another coding', post('Transfer-Encoding: gzip, chunked', `${chunk}0\r\n\r\n`)],
  [
    'chunks within another coding, in two lines',
    post('Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked', `${chunk}0\r\n\r\n`),
  ],
  ['both a length and chunks', post(`${length}\r\nTransfer-Encoding: chunked`, `${chunk}0\r\n\r\n`)],
  ['chunks and then a length', post(`Transfer-Encoding: chunked\r\n${length}`, `${chunk}0\r\n\r\n`)],
  ['two lengths', post(`${length}\r\nContent-Length: 1`, json)],
  ['the same length twice', post(`${length}\r\n${length}`, json)],
  ['a list of lengths', post(`Content-Length: ${json.length}, ${json.length}`, json)],
  ['a signed length', post(`Content-Length: +${json.length}`, json)],
  ['a length past all numbers', post(`Content-Length: ${'9'.repeat(30)}`, json)],
  ['a folded header', post(`X-A: b\r\n c\r\n${length}`, json)],
  ['a blank before the colon', post(`Content-Length : ${json.length}`, json)],
  ['NUL in a header', post(`X-A: \0\r\n${length}`, json)],
  ['chunked not as the last coding', post('Transfer-Encoding: chunked, gzip', `${chunk}0\r\n\r\n`)],
  ['a chunk size that is none', post('Transfer-Encoding: chunked', `zz\r\n${json}\r\n0\r\n\r\n`)],
  ['a chunk longer than said', post('Transfer-Encoding: chunked', `5\r\n${json}\r\n0\r\n\r\n`)],
];

describe('a request that is not valid HTTP', () => {
  const service = useKnownService();

  for (const [what, bytes] of refused) {
    it(`is refused: ${what}`, async () => {
      const answers = await exchange(service.port, Buffer.from(bytes, 'latin1'));
      expect(answers).to.have.length(1);
      expectProblem(answers[0], 400, 'invalid-request');
      expect(answers[0]?.headers.connection).to.equal('close');
      await service.expectUntouched();
    });
  }

  it('is refused with 431 when its headers are too large', async () => {
    const answers = await exchange(service.port, post(`X-A: ${'a'.repeat(20_000)}`, ''));
    expectProblem(answers[0], 431, 'invalid-request');
    await service.expectUntouched();
  });

  it('is refused with 417 when it expects what nobody promised', async () => {
    const answers = await exchange(service.port, post(`Expect: a miracle\r\n${length}`, json));
    expectProblem(answers[0], 417, 'invalid-request');
    await service.expectUntouched();
  });

  it('is told to go on when it expects 100-continue', async () => {
    const bytes = post(`Expect: 100-continue\r\nConnection: close\r\n${length}`, json);
    const answers = await exchange(service.port, bytes);
    expect(answers.map(({ status }) => status)).to.deep.equal([100, 200]);
  });

  it('is refused when its path is broken percent-encoding', async () => {
    for (const path of [
      '/%',
      '/services/%zz/latest-events',
      '/services/%c3%28/latest-events',
      '/event%e2%98',
    ]) {
      expectProblem(await service.send({ path }), 400, 'invalid-url');
    }
    await service.expectUntouched();
  });
});

describe('a query that is broken percent-encoding', () => {
  const service = useKnownService();

  for (const [method, path] of [
    ['GET', '/services?prefix=%zz'],
    ['GET', '/changes?service=%FF'],
    ['GET', '/checks?target=%'],
    ['GET', '/historical/web?environment=%e2%98'],
    ['POST', '/events?single_shard=true&x=%zz'],
  ] as const) {
    it(`is refused, as in ${method} ${path}`, async () => {
      const body = method === 'POST' ? { body: `[${json}]` } : {};
      expectProblem(await service.send({ method, path, ...body }), 400, 'invalid-url');
      await service.expectUntouched();
    });
  }
});

describe('a body of another length than said', () => {
  const service = useKnownService();

  it('is refused when the connection ends early', async () => {
    const answers = await exchange(service.port, post(`Content-Length: ${json.length + 5}`, json), {
      thenEnd: true,
    });
    expect(answers).to.have.length(1);
    expectProblem(answers[0], 400, 'invalid-request');
    await service.expectUntouched();
  });

  it('is refused when the connection ends before the last chunk', async () => {
    const answers = await exchange(service.port, post('Transfer-Encoding: chunked', chunk), {
      thenEnd: true,
    });
    expectProblem(answers[0], 400, 'invalid-request');
    await service.expectUntouched();
  });

  it('is read as far as said, and what follows is answered after it', async () => {
    const answers = await exchange(service.port, post(`Content-Length: ${json.length - 1}`, json));
    expect(answers).to.have.length(2);
    expectProblem(answers[0], 400, 'invalid-body');
    expectProblem(answers[1], 400, 'invalid-request');
    await service.expectUntouched();
  });

  it('does not take away the answer of a good request before it', async () => {
    const answers = await exchange(service.port, `${post(length, json)}garbage\r\n\r\n`);
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 400]);
  });
});

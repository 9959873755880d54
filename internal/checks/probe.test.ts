import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

import { expect } from 'chai';

import { MAX_BODY_BYTES } from '../outgoing/ask.ts';
import { testCertificate } from '../testing/certificate.ts';
import { until } from '../testing/until.ts';
import { errorOf, outcomeOf } from './outcome.ts';
import { probe } from './probe.ts';
import { BadServer } from './testing/bad-server.ts';
import { targetAt } from './testing/target-at.ts';

const PATIENT_MS = 30_000;
const never = new AbortController().signal;

async function outcomeAt(url: string, timeoutMs = PATIENT_MS): Promise<string> {
  const probed = await probe(targetAt(url, { timeoutMs }), never);
  return probed === undefined ? 'stopped' : outcomeOf(probed);
}

describe('a probe', () => {
  let server: BadServer | undefined;

  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });

  async function serve(onRequest: (socket: Socket) => void): Promise<string> {
    server = await BadServer.start(onRequest);
    return `http://127.0.0.1:${server.port}/`;
  }

  const serveText = (text: string) => serve((socket) => socket.end(text));
  const head = (status: string, ...headers: string[]) =>
    [`HTTP/1.1 ${status}`, ...headers, '', ''].join('\r\n');

  for (const status of [200, 204, 304, 404, 418, 500, 503, 599, 999]) {
    it(`tells the status ${status}`, async () => {
      expect(await outcomeAt(await serveText(head(`${status} Text`, 'Content-Length: 0')))).to.equal(
        String(status),
      );
    });
  }

  it('follows no redirect', async () => {
    const url = await serveText(head('302 Found', 'Location: http://127.0.0.1:1/', 'Content-Length: 0'));
    expect(await outcomeAt(url)).to.equal('302');
  });

  it('takes a response without an end as whole when the connection ends', async () => {
    expect(await outcomeAt(await serveText(`${head('200 OK')}some text`))).to.equal('200');
  });

  it('passes over interim responses, and tells of a switch of protocols', async () => {
    const interim = head('103 Early Hints') + head('201 Created', 'Content-Length: 0');
    expect(await outcomeAt(await serveText(interim))).to.equal('201');
    await server?.stop();
    expect(
      await outcomeAt(await serveText(head('101 Switching', 'Connection: upgrade', 'Upgrade: x'))),
    ).to.equal('101');
  });

  it('asks once, by GET, and keeps no connection', async () => {
    const requests: string[] = [];
    server = await BadServer.start((socket) => socket.end(head('200 OK', 'Content-Length: 0')));
    const { port } = server;
    server.sockets.add = function (socket: Socket) {
      socket.on('data', (chunk) => requests.push(chunk.toString()));
      return Set.prototype.add.call(this, socket) as Set<Socket>;
    };
    expect(await outcomeAt(`http://user:pa%20ss@127.0.0.1:${port}/a?b=c`)).to.equal('200');
    expect(requests).to.have.length(1);
    expect(requests[0]).to.match(/^GET \/a\?b=c HTTP\/1\.1\r\n/);
    expect(requests[0]).to.match(/\r\nConnection: close\r\n/i);
    expect(requests[0]).to.include(`Basic ${Buffer.from('user:pa ss').toString('base64')}`);
  });

  it('asks as it is told to, and looks into the body', async () => {
    const requests: string[] = [];
    server = await BadServer.start((socket) => socket.end(`${head('200 OK')}{"ok": true}`));
    server.sockets.add = function (socket: Socket) {
      socket.on('data', (chunk) => requests.push(chunk.toString()));
      return Set.prototype.add.call(this, socket) as Set<Socket>;
    };
    const target = targetAt(`http://127.0.0.1:${server.port}/`, {
      ...{ method: 'POST', body: '{"é": 1}', bodyContains: '"ok": true' },
      headers: { 'User-Agent': 'me', Authorization: 'Bearer a-token' },
    });
    const probed = await probe(target, never);
    expect(probed && errorOf(probed, target)).to.equal(null);
    expect(probed && errorOf(probed, { ...target, bodyContains: 'false' })).to.include('does not contain');
    expect(requests.join('')).to.match(/^POST \/ HTTP\/1\.1\r\n/);
    expect(requests.join('')).to.match(/\r\ncontent-length: 9\r\n[^]*\r\n\r\n\{"é": 1\}$/i);
    expect(requests.join('')).to.include('\r\nUser-Agent: me\r\nAuthorization: Bearer a-token\r\n');
    expect(requests.join('')).to.not.include('Minikom');
  });

  it('reads an endless body up to a bound, and drops the connection', async () => {
    const piece = Buffer.alloc(16_384, 'x');
    const url = await serve((socket) => {
      const more = () => {
        while (!socket.destroyed && socket.write(piece));
      };
      socket.write(head('500 Oh'));
      socket.on('drain', more);
      more();
    });
    expect(await outcomeAt(url)).to.equal('500');
    await until('the connection is gone', () => server?.sockets.size === 0);
  });

  it('waits for the end of a body that is shorter than the bound', async () => {
    const body = 'x'.repeat(MAX_BODY_BYTES - 1);
    const url = await serve((socket) => socket.write(head('200 OK', 'Content-Length: 999999') + body));
    expect(await outcomeAt(url, 300)).to.equal('timeout');
  });

  const failures: Readonly<Record<string, { outcome: string; onRequest: (socket: Socket) => void }>> = {
    'is reset': { outcome: 'reset', onRequest: (socket) => socket.resetAndDestroy() },
    'is closed before an answer': { outcome: 'reset', onRequest: (socket) => socket.end() },
    'is closed in the midst of the head': {
      outcome: 'reset',
      onRequest: (socket) => socket.end('HTTP/1.1 200 O'),
    },
    'is closed in the midst of the body': {
      outcome: 'reset',
      onRequest: (socket) => socket.end(`${head('200 OK', 'Content-Length: 10')}12345`),
    },
    'is reset in the midst of the body': {
      outcome: 'reset',
      onRequest: (socket) => {
        socket.write(`${head('200 OK', 'Content-Length: 10')}12345`, () => socket.resetAndDestroy());
      },
    },
    'answers what is no HTTP': {
      outcome: 'malformed',
      onRequest: (socket) => socket.end('SSH-2.0-OpenSSH\r\n'),
    },
    'answers with a broken chunk': {
      outcome: 'malformed',
      onRequest: (socket) => socket.end(`${head('200 OK', 'Transfer-Encoding: chunked')}zz\r\n`),
    },
    'answers with an endless head': {
      outcome: 'malformed',
      onRequest: (socket) => socket.write(`HTTP/1.1 200 OK\r\nA: ${'x'.repeat(100_000)}`),
    },
  };
  for (const [what, { outcome, onRequest }] of Object.entries(failures)) {
    it(`tells "${outcome}" where the connection ${what}`, async () => {
      expect(await outcomeAt(await serve(onRequest))).to.equal(outcome);
    });
  }

  it('tells "timeout" where nothing comes, or not the whole', async () => {
    expect(await outcomeAt(await serve(() => undefined), 50)).to.equal('timeout');
    await until('the connection is gone', () => server?.sockets.size === 0);
    await server?.stop();
    expect(await outcomeAt(await serve((socket) => socket.write('HTTP/1.1 200 OK\r\n')), 100)).to.equal(
      'timeout',
    );
  });

  it('tells "refused" where nobody listens, also of a name with several addresses', async () => {
    const url = await serve(() => undefined);
    await server?.stop();
    server = undefined;
    expect(await outcomeAt(url)).to.equal('refused');
    expect(await outcomeAt(url.replace('127.0.0.1', 'localhost'))).to.equal('refused');
  });

  it('tells "dns" of a name that is none', async () => {
    expect(await outcomeAt('http://nowhere.invalid/')).to.equal('dns');
  });

  it('tells "tls" of a certificate that nobody vouches for, and where there is no TLS', async () => {
    const https = createServer(testCertificate, (_, response) => response.end()).listen(0, '127.0.0.1');
    await once(https, 'listening');
    const { port } = https.address() as AddressInfo;
    const told = [await outcomeAt(`https://127.0.0.1:${port}/`)];
    const closed = once(https, 'close');
    https.close();
    await closed;
    told.push(await outcomeAt((await serveText('HTTP/1.1 200 OK\r\n\r\n')).replace('http:', 'https:')));
    expect(told).to.deep.equal(['tls', 'tls']);
  });

  it('says why there is no TLS in words, without a place in a source', async () => {
    const url = await serveText('HTTP/1.1 200 OK\r\n\r\n');
    const target = targetAt(url.replace('http:', 'https:'));
    const probed = await probe(target, never);
    expect(probed && errorOf(probed, target)).to.equal(
      'The certificate is not trusted, or there is no TLS: wrong version number.',
    );
  });

  it('ends when it is stopped, before and during', async () => {
    const url = await serve(() => undefined);
    expect(await probe(targetAt(url), AbortSignal.abort())).to.equal(undefined);
    const stop = new AbortController();
    const probed = probe(targetAt(url), stop.signal);
    await until('the connection is there', () => server?.sockets.size === 1);
    stop.abort();
    expect(await probed).to.equal(undefined);
    await until('the connection is gone', () => server?.sockets.size === 0);
  });

  it('measures how long it took', async () => {
    const url = await serve((socket) =>
      setTimeout(() => socket.end(head('200 OK', 'Content-Length: 0')), 50),
    );
    const probed = await probe(targetAt(url), never);
    expect(probed?.latencyMs).to.be.at.least(45).and.below(PATIENT_MS);
  });
});

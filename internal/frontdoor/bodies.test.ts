import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

import { expect } from 'chai';

import { UnavailableError } from '../shards/unavailable.ts';
import { dial, readAnswers } from '../testing/wire.ts';
import { Bodies, readBody } from './bodies.ts';

const KIB = 1024;

describe('the bodies of all requests', () => {
  let server: Server;
  let bodies: Bodies;
  let arrived: () => void;
  let release: () => void;

  beforeEach(async () => {
    bodies = new Bodies({ maxBodyBytes: 64 * KIB, maxBytesInProgress: 100 * KIB });
    const released = new Promise<void>((resolve) => (release = resolve));
    server = createServer((request, response) => {
      bodies
        .read(request, async () => {
          arrived();
          await released;
        })
        .then(
          () => response.end(),
          (error: unknown) => {
            response.statusCode = error instanceof UnavailableError ? 503 : 500;
            response.end();
          },
        );
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
  });

  afterEach(() => server.close());

  async function post(body: Buffer, headers: Record<string, string> = {}): Promise<number> {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    return (await fetch(url, { method: 'POST', body: new Uint8Array(body), headers })).status;
  }

  it('are refused while more than so many bytes are being served, and taken again afterwards', async () => {
    const first = new Promise<void>((resolve) => (arrived = resolve));
    const served = post(Buffer.alloc(60 * KIB));
    await first;
    expect(bodies.bytesInProgress).to.equal(60 * KIB);
    expect(await post(Buffer.alloc(60 * KIB))).to.equal(503);
    release();
    expect(await served).to.equal(200);
    expect(bodies.bytesInProgress).to.equal(0);
    expect(await post(Buffer.alloc(60 * KIB))).to.equal(200);
  });

  it('count by the memory that they take, not by the pieces in which they come', async () => {
    const served: Buffer[] = [];
    let mostHeld = 0;
    const big = new Bodies({ maxBodyBytes: 1024 * KIB, maxBytesInProgress: 300 * KIB });
    const chunks = createServer((request, response) => {
      request.on('data', () => (mostHeld = Math.max(mostHeld, big.bytesInProgress)));
      void big
        .read(request, (body) => Promise.resolve(served.push(body)))
        .then(() => response.end(() => chunks.close()));
    }).listen(0, '127.0.0.1');
    await once(chunks, 'listening');
    const socket = await dial((chunks.address() as AddressInfo).port);
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n');
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => 32 + (index % 90)));
    const sent = Array.from(bytes, (byte) => `1\r\n${String.fromCharCode(byte)}\r\n`);
    socket.write(`${sent.join('')}0\r\n\r\n`);
    expect((await readAnswers(socket)).map(({ status }) => status)).to.deep.equal([200]);
    expect(served).to.have.length(1);
    expect(served[0]?.equals(bytes)).to.equal(true);
    expect(served[0]?.buffer.byteLength).to.be.below(3 * bytes.length);
    expect(mostHeld).to.be.within(bytes.length, 2.1 * bytes.length);
    expect(big.bytesInProgress).to.equal(0);
  });

  it('leave nothing of the chunks in which they came for V8 to collect', async () => {
    const chunks: Buffer[] = [];
    let body: Buffer = Buffer.alloc(0);
    const gathering = createServer((request, response) => {
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      void readBody(request, 10 * 1024 * KIB).then((bytes) => {
        body = bytes;
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await once(gathering, 'listening');
    const sent = Buffer.from(Array.from({ length: 1024 * KIB }, (_, index) => index % 251));
    const url = `http://127.0.0.1:${(gathering.address() as AddressInfo).port}/`;
    await fetch(url, { method: 'POST', body: new Uint8Array(sent) });
    gathering.close();
    expect(body.equals(sent)).to.equal(true);
    // Those that are smaller are collected with all else.
    const left = chunks.filter(({ length }) => length >= 32 * KIB);
    expect(left).to.deep.equal([]);
    expect(chunks.filter(({ length }) => length === 0)).to.not.deep.equal([]);
  });

  it('are one piece also if they were compressed', async () => {
    const served = new Promise<Buffer>((resolve) => {
      server.removeAllListeners('request');
      server.on('request', (request, response) => {
        void readBody(request, 1024 * KIB).then((body) => {
          resolve(body);
          response.end();
        });
      });
    });
    const bytes = Buffer.from(Array.from({ length: 1000 * KIB }, (_, index) => (index * index) % 251));
    expect(await post(gzipSync(bytes), { 'content-encoding': 'gzip' })).to.equal(200);
    expect((await served).equals(bytes)).to.equal(true);
  });

  it('count what they expand to', async () => {
    const first = new Promise<void>((resolve) => (arrived = resolve));
    const served = post(Buffer.alloc(50 * KIB));
    await first;
    expect(await post(gzipSync(Buffer.alloc(60 * KIB)), { 'content-encoding': 'gzip' })).to.equal(503);
    expect(bodies.bytesInProgress).to.equal(50 * KIB);
    release();
    expect(await served).to.equal(200);
  });
});

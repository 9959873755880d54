import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

import { expect } from 'chai';

import { UnavailableError } from '../shards/unavailable.ts';
import { Bodies } from './bodies.ts';

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

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';

import { expect } from 'chai';
import { WebSocketServer, type WebSocket } from 'ws';

import { until } from '../testing/until.ts';
import { Watcher } from './watcher.ts';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

/** A client that opens a WebSocket and from then on reads nothing, so that all that is sent to it waits. */
async function openWithoutReading(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.write(
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`,
  );
  await once(socket, 'readable');
  return socket;
}

describe('a watcher', () => {
  let server: Server;
  let sockets: WebSocketServer;
  let client: Socket;

  beforeEach(async () => {
    server = createServer();
    sockets = new WebSocketServer({ server });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(() => {
    client.destroy();
    server.close();
  });

  async function opened(): Promise<WebSocket> {
    const connected = once(sockets, 'connection') as Promise<[WebSocket]>;
    client = await openWithoutReading((server.address() as AddressInfo).port);
    return (await connected)[0];
  }

  it('that does not read is dropped before more than its bound waits for it', async () => {
    const socket = await opened();
    const watcher = new Watcher(socket, {
      maxWaitingBytes: 1_000_000,
      stuckMs: 3_600_000,
      snapshotEachMs: 0,
    });
    watcher.send(() => Buffer.alloc(10), undefined);
    const change = Buffer.alloc(100_000);
    let mostWaiting = 0;
    await until('it is dropped', () => {
      watcher.send(() => change, change);
      mostWaiting = Math.max(mostWaiting, socket.bufferedAmount);
      return socket.readyState === socket.CLOSED;
    });
    expect(mostWaiting).to.be.within(1_000_000, 1_300_000);
  });

  it('that does not read for too long is dropped, however little waits', async () => {
    const socket = await opened();
    const watcher = new Watcher(socket, { maxWaitingBytes: 1e12, stuckMs: 50, snapshotEachMs: 0 });
    const change = Buffer.alloc(100_000);
    await until('something waits', () => {
      watcher.send(() => change, change);
      return socket.bufferedAmount > 0;
    });
    await until('it is dropped', () => {
      watcher.send(() => change, undefined);
      return socket.readyState === socket.CLOSED;
    });
  });

  it('that answers no ping is dropped at the next', async () => {
    const socket = await opened();
    const watcher = new Watcher(socket, { maxWaitingBytes: 1e6, stuckMs: 60_000, snapshotEachMs: 0 });
    watcher.ping();
    expect(socket.readyState).to.equal(socket.OPEN);
    const closed = once(socket, 'close');
    watcher.ping();
    await closed;
  });
});

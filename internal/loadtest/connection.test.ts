import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';

import { expect } from 'chai';

import type { Answer } from './answer-parser.ts';
import { Connection, type Failure } from './connection.ts';

const request = Buffer.from('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi');

describe('a connection', () => {
  const cleanUps: (() => unknown)[] = [];
  let sockets = 0;

  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0)) await cleanUp();
  });

  async function connectTo(server: Server, timeoutMs = 20_000): Promise<Connection> {
    sockets = 0;
    const open = new Set<Socket>();
    server.on('connection', (socket: Socket) => {
      sockets++;
      open.add(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    const connection = new Connection({ host: '127.0.0.1', port: address.port }, timeoutMs);
    cleanUps.push(
      () => connection.close(),
      () => open.forEach((socket) => socket.destroy()),
      () => new Promise((resolve) => server.close(resolve)),
    );
    return connection;
  }

  const http = (listener: RequestListener, timeoutMs?: number) =>
    connectTo(createHttpServer(listener), timeoutMs);
  /** A server that answers each piece that it gets with these bytes, and then perhaps hangs up. */
  const raw = (text: string, end: (socket: Socket) => unknown = () => undefined) =>
    connectTo(
      createServer((socket) => {
        socket.on('error', () => undefined);
        socket.on('data', () => {
          socket.write(text);
          end(socket);
        });
      }),
    );

  function ask(connection: Connection): Promise<Answer | Failure> {
    return new Promise((resolve) => connection.send(request, resolve));
  }

  it('is kept for the next request', async () => {
    const connection = await http((_, response) => response.end('fine'));
    for (let round = 0; round < 3; round++) {
      const answer = await ask(connection);
      expect(answer).to.deep.include({ status: 200, body: Buffer.from('fine') });
    }
    expect(sockets).to.equal(1);
  });

  it('reads chunked answers', async () => {
    const connection = await http((_, response) => {
      response.write('one ');
      response.end('two');
    });
    expect(await ask(connection)).to.deep.include({ body: Buffer.from('one two') });
  });

  it('connects again after an answer that closes', async () => {
    const connection = await http((_, response) => response.setHeader('connection', 'close').end('bye'));
    await ask(connection);
    expect(await ask(connection)).to.deep.include({ status: 200, body: Buffer.from('bye') });
    expect(sockets).to.equal(2);
  });

  it('takes the end for the end of an answer without a length', async () => {
    const connection = await raw('HTTP/1.1 200 OK\r\n\r\nbye', (socket) => socket.end());
    expect(await ask(connection)).to.deep.include({ body: Buffer.from('bye') });
  });

  it('connects again after a failure', async () => {
    let requests = 0;
    const connection = await http((_, response) => {
      if (requests++ === 0) response.destroy();
      else response.end();
    });
    expect(await ask(connection)).to.deep.equal({ failure: 'reset' });
    expect(await ask(connection)).to.include({ status: 200 });
  });

  it('connects again after the other side closed it at rest', async () => {
    const server = createHttpServer((_, response) => response.end());
    const connection = await connectTo(server);
    const [[socket]] = (await Promise.all([once(server, 'connection'), ask(connection)])) as [
      [Socket],
      unknown,
    ];
    const closed = once(socket, 'close');
    socket.end();
    await closed;
    expect(await ask(connection)).to.include({ status: 200 });
    expect(sockets).to.equal(2);
  });

  it('fails if nobody listens', async () => {
    const server = createServer();
    const connection = await connectTo(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await ask(connection)).to.deep.equal({ failure: 'refused' });
  });

  it('fails if the answer ends early', async () => {
    const connection = await raw('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', (socket) =>
      socket.end(),
    );
    expect(await ask(connection)).to.deep.equal({ failure: 'reset', isCutShort: true });
  });

  it('fails if the answer is malformed', async () => {
    expect(await ask(await raw('220 mail.example ESMTP\r\n'))).to.deep.equal({ failure: 'malformed' });
  });

  it('fails if the answer takes too long', async () => {
    expect(await ask(await http(() => undefined, 20))).to.deep.equal({ failure: 'timeout' });
  });

  it('fails if it is closed under way, and takes one request at a time', async () => {
    const connection = await http(() => undefined);
    const asked = ask(connection);
    expect(() => connection.send(request, () => undefined)).to.throw('one request at a time');
    connection.close();
    expect(await asked).to.deep.equal({ failure: 'cut' });
  });
});

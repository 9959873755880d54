import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP server on loopback that does with each connection what it is told to, once a request has come. */
export class BadServer {
  /** Connections that are open. */
  readonly sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(onRequest: (socket: Socket) => void) {
    this.#server = createServer((socket) => {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.sockets.delete(socket));
      socket.once('data', () => onRequest(socket));
    });
  }

  static async start(onRequest: (socket: Socket) => void): Promise<BadServer> {
    const bad = new BadServer(onRequest);
    bad.#server.listen(0, '127.0.0.1');
    await once(bad.#server, 'listening');
    return bad;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}

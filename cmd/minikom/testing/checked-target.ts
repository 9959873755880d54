import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A target on loopback that answers what it is told to, and counts how often it was asked. */
export class CheckedTarget {
  status = 200;
  requests = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((_, response) => {
      this.requests++;
      response.writeHead(this.status).end('text');
    });
  }

  static async start(): Promise<CheckedTarget> {
    const target = new CheckedTarget();
    target.#server.listen(0, '127.0.0.1');
    await once(target.#server, 'listening');
    return target;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

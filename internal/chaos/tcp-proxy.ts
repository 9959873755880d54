import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

interface Link {
  readonly client: Socket;
  readonly server: Socket;
}

/** Bytes on their way to a socket, in order. */
interface OnTheirWay {
  readonly chunk: Buffer;
  readonly dueMs: number;
}

/** A TCP proxy on a port of its own, which loses, holds back and refuses what it carries, as a bad network does. */
export class TcpProxy {
  /** Connections taken so far. */
  connections = 0;
  /** How much longer everything takes from now on, in each direction. */
  delayMs = 0;
  readonly #target: URL;
  readonly #links = new Set<Link>();
  #listener: Server | undefined;
  #port = 0;
  #frozen = false;
  #fatalText: string | undefined;
  #onCut: (() => void) | undefined;
  #held: { readonly texts: readonly string[]; readonly onHeld: () => void } | undefined;

  private constructor(target: URL) {
    this.#target = target;
  }

  /** Starts one in front of what the URL names, usually a Postgres. */
  static async before(url: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(url));
    await proxy.listen();
    return proxy;
  }

  /** The target's URL, by way of the proxy. */
  get url(): string {
    const url = new URL(this.#target);
    url.host = `127.0.0.1:${this.#port}`;
    return url.href;
  }

  /** Takes connections, on the same port each time. */
  async listen(): Promise<void> {
    this.#listener = createServer((client) => this.#link(client)).listen(this.#port, '127.0.0.1');
    await once(this.#listener, 'listening');
    this.#port = (this.#listener.address() as AddressInfo).port;
  }

  /** Cuts all connections and refuses new ones, until `listen`. */
  async refuse(): Promise<void> {
    const listener = this.#listener;
    if (listener === undefined) return;
    this.#listener = undefined;
    const closed = once(listener, 'close');
    listener.close();
    for (const link of this.#links) cut(link);
    await closed;
  }

  /** Goes on taking connections, but carries nothing more in either direction, until `thaw`. */
  freeze(): void {
    this.#frozen = true;
    for (const link of this.#links) pause(link);
  }

  thaw(): void {
    this.#frozen = false;
    for (const { client, server } of this.#links) {
      client.resume();
      server.resume();
    }
  }

  /**
   * The next connection whose client sends `text` is cut as soon as the server answers that: the server did it, and
   * the client never hears so. Resolves then.
   */
  cutAtAnswerTo(text: string): Promise<void> {
    this.#fatalText = text;
    return new Promise((resolve) => (this.#onCut = resolve));
  }

  /** Of the first client that sends these texts one after the other the server hears no more, from the last of them on. Resolves then. */
  holdAt(...texts: string[]): Promise<void> {
    return new Promise((onHeld) => (this.#held = { texts, onHeld }));
  }

  #link(client: Socket): void {
    this.connections++;
    const server = connect(Number(this.#target.port), this.#target.hostname);
    const link = { client, server };
    this.#links.add(link);
    let doomed = false;
    let sent = 0;
    const toServer = this.#carrier(server);
    const toClient = this.#carrier(client);
    client.on('data', (chunk) => {
      if (this.#fatalText !== undefined && chunk.includes(this.#fatalText)) {
        this.#fatalText = undefined;
        doomed = true;
      }
      const next = this.#held?.texts[sent];
      if (next !== undefined && chunk.includes(next)) sent++;
      if (this.#held !== undefined && sent === this.#held.texts.length) {
        client.pause();
        this.#held.onHeld();
        this.#held = undefined;
        return;
      }
      toServer(chunk);
    });
    server.on('data', (chunk) => {
      if (!doomed) {
        toClient(chunk);
        return;
      }
      cut(link);
      this.#onCut?.();
    });
    for (const socket of [client, server]) {
      socket.on('error', () => undefined); // 'close' follows.
      socket.on('close', () => {
        cut(link);
        this.#links.delete(link);
      });
    }
    if (this.#frozen) pause(link);
  }

  /** How bytes get to the socket: at once, or after the delay, and never past others. */
  #carrier(to: Socket): (chunk: Buffer) => void {
    const onTheirWay: OnTheirWay[] = [];
    const carry = (): void => {
      for (let next = onTheirWay[0]; next !== undefined; next = onTheirWay[0]) {
        const leftMs = next.dueMs - performance.now();
        if (leftMs > 0) {
          setTimeout(carry, leftMs);
          return;
        }
        onTheirWay.shift();
        if (to.writable) to.write(next.chunk);
      }
    };
    return (chunk) => {
      if (this.delayMs === 0 && onTheirWay.length === 0) {
        to.write(chunk);
        return;
      }
      onTheirWay.push({ chunk, dueMs: performance.now() + this.delayMs });
      if (onTheirWay.length === 1) carry();
    };
  }
}

function pause({ client, server }: Link): void {
  client.pause();
  server.pause();
}

function cut({ client, server }: Link): void {
  client.destroy();
  server.destroy();
}

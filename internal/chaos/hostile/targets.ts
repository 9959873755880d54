import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const DRIP_EACH_MS = 50;
const block = Buffer.alloc(65_536, 'x');

/** Who checks a target. */
interface Checker {
  readonly socket: Socket;
  /** Aborted when the connection has closed. */
  readonly gone: AbortSignal;
}

/** What targets of health checks do to who checks them, once they have been asked. */
const manners: Readonly<Record<string, (checker: Checker) => Promise<void>>> = {
  'endless body': async (checker) => {
    await wrote(checker, Buffer.from('HTTP/1.1 200 OK\r\n\r\n'));
    await writeForEver(checker, block);
  },
  'endless headers': async (checker) => {
    await wrote(checker, Buffer.from('HTTP/1.1 200 OK\r\n'));
    await writeForEver(checker, Buffer.from(`X-More: ${'y'.repeat(1000)}\r\n`.repeat(50)));
  },
  'endless interim answers': (checker) =>
    writeForEver(checker, Buffer.from('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'.repeat(500))),
  'endless chunks of one byte': async (checker) => {
    await wrote(checker, Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'));
    await writeForEver(checker, Buffer.from('1\r\nz\r\n'.repeat(5000)));
  },
  'dripping headers': async (checker) => {
    for (const byte of `HTTP/1.1 200 OK\r\nX-Slow: ${'s'.repeat(10_000)}`) {
      if (!(await wrote(checker, Buffer.from(byte)))) return;
      await pause(DRIP_EACH_MS, undefined, { ref: false });
    }
  },
  'a redirect to itself': (checker) => answer(checker, '302 Found', 'Location: /again'),
  'a compressed bomb that is none': (checker) =>
    answer(checker, '200 OK', 'Content-Encoding: gzip, br, gzip'),
  'an answer that is no HTTP': (checker) => answer(checker, '\u0000\u0000', ''),
  silence: () => Promise.resolve(),
};

/** Targets of health checks that mean harm, on loopback. */
export class HostileTargets {
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  /** Starts one of each kind. */
  static async start(): Promise<HostileTargets> {
    const targets = new HostileTargets();
    for (const behave of Object.values(manners)) await targets.#listen(behave);
    return targets;
  }

  /** Their names, and where each is. */
  get all(): readonly { readonly name: string; readonly url: string }[] {
    return Object.keys(manners).map((name, index) => {
      const { port } = this.#servers[index]?.address() as AddressInfo;
      return { name, url: `http://127.0.0.1:${port}/` };
    });
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    for (const server of this.#servers) {
      server.close();
      await once(server, 'close');
    }
  }

  async #listen(behave: (checker: Checker) => Promise<void>): Promise<void> {
    const server = createServer((socket) => {
      const closed = new AbortController();
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        closed.abort();
      });
      socket.once('data', () => void behave({ socket, gone: closed.signal }));
    });
    this.#servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
}

async function answer(checker: Checker, status: string, header: string): Promise<void> {
  await wrote(checker, Buffer.from(`HTTP/1.1 ${status}\r\n${header}\r\nContent-Length: 2\r\n\r\nok`));
}

async function writeForEver(checker: Checker, bytes: Buffer): Promise<void> {
  while (await wrote(checker, bytes));
}

/** Writes as fast as the other side reads; false once it reads no more. */
async function wrote({ socket, gone }: Checker, bytes: Buffer): Promise<boolean> {
  try {
    if (!socket.destroyed && !socket.write(bytes)) await once(socket, 'drain', { signal: gone });
  } catch {
    // It was reset or closed, which is what these targets are for.
  }
  return !socket.destroyed;
}

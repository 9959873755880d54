import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A proxy in front of PostgreSQL that knows which statements went through it, from whatever process or thread. */
export interface StatementRecorder {
  readonly url: string;
  /** All that were sent, each once; by name, those that have one. */
  readonly statements: ReadonlyMap<string, string>;
  stop(): Promise<void>;
}

export async function recordStatements(databaseUrl: string): Promise<StatementRecorder> {
  const target = new URL(databaseUrl);
  const statements = new Map<string, string>();
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    const read = messageReader((type, body) => {
      const [first = '', second = ''] = type === 'P' ? body.toString().split('\0') : ['', ''];
      if (type === 'P') statements.set(first === '' ? second : first, second);
      if (type === 'Q') statements.set(body.toString(), body.toString().replace(/\0$/, ''));
    });
    client.on('data', read);
    client.pipe(upstream).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    statements,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Reads what a client of PostgreSQL sends: the first message has no type. */
function messageReader(onMessage: (type: string, body: Buffer) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  let isFirst = true;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const head = isFirst ? 0 : 1;
      if (rest.length < head + 4) return;
      const end = head + rest.readInt32BE(head);
      if (rest.length < end) return;
      onMessage(isFirst ? '' : rest.toString('latin1', 0, 1), rest.subarray(head + 4, end));
      isFirst = false;
      rest = rest.subarray(end);
    }
  };
}

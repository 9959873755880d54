import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';

/** A proxy to PostgreSQL that passes everything on but notifications, as a pooler that shares sessions does. */
export async function startDeafProxy(connectionString: string): Promise<{ url: string; stop(): void }> {
  const target = new URL(connectionString);
  const server = createServer((client) => {
    const postgres = connect(Number(target.port), target.hostname);
    client.pipe(postgres);
    let rest = Buffer.alloc(0);
    postgres.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      // Each message of the server: a letter, then its length without that letter.
      while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
        const end = 1 + rest.readInt32BE(1);
        if (rest.toString('latin1', 0, 1) !== 'A') client.write(rest.subarray(0, end));
        rest = rest.subarray(end);
      }
    });
    for (const [one, other] of [
      [client, postgres],
      [postgres, client],
    ] as const) {
      // prettier-ignore
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: url.href, stop: () => server.close() };
}

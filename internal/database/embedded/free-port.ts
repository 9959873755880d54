import { createServer } from 'node:net';
import { once } from 'node:events';

/** A TCP port of 127.0.0.1 that was free just now; another program may still be quicker. */
export async function chooseFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('A TCP server has no port.');
  return address.port;
}

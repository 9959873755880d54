import { once } from 'node:events';
import { createServer } from 'node:net';

// Below the ports that systems give to outgoing connections: while nobody listens, no connection can take it, not
// even the agent's own to this very port.
const FIRST = 15_000;
const COUNT = 10_000;
const TRIES = 100;

/** A free TCP port of 127.0.0.1 that stays free while the service that listens on it is away. */
export async function chooseSteadyPort(): Promise<number> {
  for (let tries = 1; ; tries++) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    const server = createServer();
    try {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    } catch (error) {
      if (tries === TRIES) throw error;
      continue; // Taken.
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}

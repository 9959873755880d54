import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { chooseBehaviour, type Flakiness } from './behaviour.ts';

export interface TargetOptions extends Flakiness {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Before each answer. */
  readonly latencyMs: number;
}

/** A target that is up, and not always well. */
export interface FlakyTarget {
  readonly url: string;
  /** Cuts all connections. */
  stop(): Promise<void>;
}

/** Serves the flaky target. `random` gives numbers in [0, 1). Rejects if it cannot listen. */
export async function startTarget(options: TargetOptions, random: () => number): Promise<FlakyTarget> {
  const server = createServer((request, response) => {
    request.resume();
    const behaviour = chooseBehaviour(options, random);
    if (behaviour.kind === 'hang') return;
    const timer = setTimeout(() => {
      if (behaviour.kind === 'reset') reset(request);
      else answer(response, behaviour.status, behaviour.text);
    }, options.latencyMs);
    response.on('close', () => clearTimeout(timer));
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? options.port) : options.port;
  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}/`,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function reset(request: IncomingMessage): void {
  request.socket.resetAndDestroy();
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  response.end(text);
}

import { once } from 'node:events';
import { createServer } from 'node:http';

const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' };

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
      if (behaviour.kind === 'reset') request.socket.resetAndDestroy();
      else response.writeHead(behaviour.status, headers).end(behaviour.text);
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

/** How often the target misbehaves, each in percent of all requests; together at most 100. */
export interface Flakiness {
  /** Answers 500. */
  readonly failurePercent: number;
  /** Never answers. */
  readonly hangPercent: number;
  /** Cuts the connection. */
  readonly resetPercent: number;
}

export type Behaviour =
  | { readonly kind: 'answer'; readonly status: number; readonly text: string }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset' };

/** What to do with a request. `random` gives numbers in [0, 1). */
export function chooseBehaviour(flakiness: Flakiness, random: () => number): Behaviour {
  const drawn = random() * 100;
  const { hangPercent, resetPercent, failurePercent } = flakiness;
  if (drawn < hangPercent) return { kind: 'hang' };
  if (drawn < hangPercent + resetPercent) return { kind: 'reset' };
  if (drawn < hangPercent + resetPercent + failurePercent) {
    const excuse = excuses[Math.floor(random() * excuses.length)] ?? '';
    return { kind: 'answer', status: 500, text: `Not so fantastic: ${excuse}\n` };
  }
  return { kind: 'answer', status: 200, text: 'fantastic!\n' };
}

const excuses = [
  'the server meant to answer, really, but something went wrong on the way, and it would rather not say what.',
  'an unexpected error occurred while an earlier unexpected error was being handled. Please try again later.',
  'the request was perfectly fine, and so was the code; the two of them just did not get along today.',
  'all of our engineers have been told, and they are as surprised as you are.',
] as const;

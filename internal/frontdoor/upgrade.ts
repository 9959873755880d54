import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

import type { AppOptions } from './app.ts';
import { rawProblem } from './answer.ts';
import { createGuard, logProblem, refuseOtherOrigins, toProblem, type Guarded } from './entrance.ts';
import { Problem, unavailable } from './problem.ts';
import type { Upgrade } from './route.ts';

/** Takes a connection over, as {@link Upgrade} does, or refuses to; its answer has the request's id. */
export type TakeUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer, requestId: string) => void;

const TOKEN_PROTOCOL = /(?:^|[\s,])minikom\.token\.([\w-]+)/;

/**
 * Takes requests that ask for a WebSocket to the feature whose path it is, past Koa, which knows only requests that
 * are answered. What is refused is told in a plain HTTP answer.
 */
export function createUpgrade({ features, tokens, notReady, logger }: AppOptions): TakeUpgrade {
  const handlers = new Map<string, Upgrade>(
    features.flatMap(({ upgrades }) => Object.entries(upgrades ?? {})),
  );
  const guard = createGuard(tokens);

  return (request, socket, head, requestId) => {
    // The server has let go of the socket; without a listener, a lost connection would end the process.
    socket.on('error', () => socket.destroy());
    try {
      // Browsers let any page open any WebSocket, and read what it says.
      refuseOtherOrigins(request);
      guard(withTokenOfProtocol(request));
      const handler = handlers.get(request.url?.split('?', 1)[0] ?? '');
      if (handler === undefined) throw new Problem(404, 'not-found', 'There is no WebSocket here.');
      const reason = notReady();
      if (reason !== undefined) throw unavailable(reason);
      handler(request, socket, head);
    } catch (error) {
      const problem = toProblem(error);
      logProblem(logger, problem, { requestId, method: request.method, url: request.url });
      socket.end(rawProblem(problem, requestId), () => socket.destroy());
    }
  };
}

/**
 * A page cannot give a WebSocket an Authorization header, only names of protocols: its token comes as one of those,
 * `minikom.token.` and the token in base64url.
 */
function withTokenOfProtocol({ method, url, headers }: Guarded): Guarded {
  const encoded = TOKEN_PROTOCOL.exec(headers['sec-websocket-protocol'] ?? '')?.[1];
  if (encoded === undefined || headers.authorization !== undefined) return { method, url, headers };
  const token = Buffer.from(encoded, 'base64url').toString();
  return { method, url, headers: { ...headers, authorization: `Bearer ${token}` } };
}

/**
 * Serves a request as if it had not asked for another protocol, which RFC 9110 (7.8) leaves to the server: HTTP clients
 * of Java offer HTTP/2 in this way with every first request. Once it listens for upgrades at all, Node takes such a
 * request off the connection; so it is put back, without its offer, and the connection is given to the server anew.
 */
export function declineUpgrade(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const lines = [`${request.method ?? ''} ${request.url ?? ''} HTTP/${request.httpVersion}`];
  const { rawHeaders } = request;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const value = rawHeaders[index + 1] ?? '';
    if (name.toLowerCase() === 'upgrade') continue;
    lines.push(`${name}: ${name.toLowerCase() === 'connection' ? withoutUpgrade(value) : value}`);
  }
  // Node reads headers as latin1.
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  // Past TLS, which is done.
  server.emit(socket instanceof TLSSocket ? 'secureConnection' : 'connection', socket);
}

function withoutUpgrade(connection: string): string {
  const options = connection.split(',').filter((option) => option.trim().toLowerCase() !== 'upgrade');
  return options.join(',').trim() || 'keep-alive';
}

import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

import { toProblem, type AppOptions } from './app.ts';
import { endRaw } from './bare-socket.ts';
import type { Guarded } from './guard.ts';
import { Problem, unavailable } from './problem.ts';
import type { Upgrade } from './route.ts';

/** Takes a connection over, as {@link Upgrade} does, or refuses to; its answer has the request's id. */
export type TakeUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer, requestId: string) => void;

const TOKEN_PROTOCOL = /(?:^|[\s,])minikom\.token\.([\w-]+)/;

/**
 * Takes requests that ask for a WebSocket to the feature whose path it is, past Koa, which knows only requests that
 * are answered. What is refused is told in a plain HTTP answer.
 */
export function createUpgrade({ features, guard, accessLog, notReady }: AppOptions): TakeUpgrade {
  const handlers = new Map<string, Upgrade>(
    features.flatMap(({ upgrades }) => Object.entries(upgrades ?? {})),
  );

  return (request, socket, head, requestId) => {
    try {
      // Browsers let any page open any WebSocket, and read what it says.
      guard.refuseOtherOrigins(request);
      guard.check(withTokenOfProtocol(request));
      const path = request.url?.split('?', 1)[0] ?? '';
      const handler = handlers.get(path);
      if (handler === undefined) throw new Problem(404, 'not-found', 'There is no WebSocket here.');
      if (request.method !== 'GET') {
        throw new Problem(405, 'method-not-allowed', `${path} takes GET.`, { headers: { allow: 'GET' } });
      }
      const reason = notReady();
      if (reason !== undefined) throw unavailable(reason);
      handler(request, socket, head);
    } catch (error) {
      const problem = toProblem(error);
      accessLog.refused(problem, request, requestId);
      endRaw(socket, problem, requestId);
    }
  };
}

/**
 * A page cannot give a WebSocket an Authorization header, only names of protocols: its token comes as one of those,
 * `minikom.token.` and the token in base64url.
 */
function withTokenOfProtocol({ method, url, headers, socket }: Guarded): Guarded {
  const encoded = TOKEN_PROTOCOL.exec(headers['sec-websocket-protocol'] ?? '')?.[1];
  if (encoded === undefined || headers.authorization !== undefined) return { method, url, headers, socket };
  const token = Buffer.from(encoded, 'base64url').toString();
  return { method, url, headers: { ...headers, authorization: `Bearer ${token}` }, socket };
}

/**
 * Serves a request as if it had not asked for another protocol, which RFC 9110 (7.8) leaves to the server: HTTP clients
 * of Java offer HTTP/2 in this way with every first request. Once it listens for upgrades at all, Node takes such a
 * request off the connection; so it is put back, without its offer, and the connection is given to the server anew.
 * No answer may be pending on it: Node keeps those of the connection that it knew before apart. `isLast` closes the
 * connection with the answer.
 */
export function declineUpgrade(
  server: Pick<Server, 'emit'>,
  request: IncomingMessage,
  head: Buffer,
  isLast: boolean,
): void {
  const lines = [`${request.method ?? ''} ${request.url ?? ''} HTTP/${request.httpVersion}`];
  const { rawHeaders, socket } = request;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const value = rawHeaders[index + 1] ?? '';
    if (name.toLowerCase() === 'upgrade') continue;
    lines.push(`${name}: ${name.toLowerCase() === 'connection' ? withoutUpgrade(value) : value}`);
  }
  if (isLast) lines.push('Connection: close');
  // What Node listens for on a connection is not all taken back.
  socket.setMaxListeners(0);
  // Node reads headers as latin1.
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  // Past TLS, which is done.
  server.emit(socket instanceof TLSSocket ? 'secureConnection' : 'connection', socket);
}

function withoutUpgrade(connection: string): string {
  const options = connection.split(',').filter((option) => option.trim().toLowerCase() !== 'upgrade');
  return options.join(',').trim() || 'keep-alive';
}

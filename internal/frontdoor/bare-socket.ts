import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

import type { Connection } from './answer.ts';
import { Problem } from './problem.ts';

// How long what a client still sends is read and thrown away, as in answer.ts.
const LINGER_MS = 2000;

/** Answers with a problem on a connection that no response belongs to, and closes it. */
export function endRaw(socket: Duplex, problem: Problem, requestId: string): void {
  socket.end(rawProblem(problem, requestId), () => socket.destroy());
}

/** A problem as the bytes of a whole answer, for a connection that no response belongs to; it is to be closed then. */
function rawProblem(problem: Problem, requestId: string): string {
  const body = JSON.stringify(problem);
  const headers = Object.entries(problem.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return (
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}\r\n${headers.join('')}` +
    'Content-Type: application/problem+json; charset=utf-8\r\n' +
    `Content-Length: ${Buffer.byteLength(body)}\r\n` +
    `X-Request-Id: ${requestId}\r\nConnection: close\r\n\r\n${body}`
  );
}

/**
 * Answers what Node's parser refuses, which never becomes a request, on the bare socket, and closes. Requests before
 * it on the same connection are answered first: the client would take this answer for theirs.
 */
export function answerClientError(
  error: Error & { code?: string },
  socket: Duplex,
  connection: Connection,
  requestId: string,
): void {
  if (!isAnswerable(error)) {
    socket.destroy();
    return;
  }
  // The parser stays broken and complains about all that follows, which is read past until the client is done.
  if (connection.refused) return;
  connection.refused = true;
  const inBody = connection.inBody();
  connection.whenDownTo(inBody ? 1 : 0, () => {
    const begun = inBody && connection.latest?.headersSent === true;
    if (socket.writable) socket.end(begun ? '' : rawProblem(problemOfParser(error.code), requestId));
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
  });
}

/** A connection that is gone hears nothing, and neither does a handshake that is not TLS. */
function isAnswerable({ code }: { code?: string }): boolean {
  return code !== undefined && (code.startsWith('HPE_') || code === 'ERR_HTTP_REQUEST_TIMEOUT');
}

function problemOfParser(code: string | undefined): Problem {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem(408, 'request-timeout', 'The request did not arrive in time.');
    case 'HPE_HEADER_OVERFLOW':
      return new Problem(431, 'invalid-request', 'The headers are too large.');
    default:
      return new Problem(400, 'invalid-request', 'This is not a valid HTTP request.');
  }
}

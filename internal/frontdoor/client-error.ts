import type { Duplex } from 'node:stream';

import { LINGER_MS, rawProblem } from './answer.ts';
import type { Connection } from './connection.ts';
import { Problem } from './problem.ts';

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

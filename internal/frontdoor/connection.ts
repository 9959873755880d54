import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

import { LINGER_MS, rawProblem } from './answer.ts';
import { Problem } from './problem.ts';

/**
 * What one connection has under way. Node closes a response only once it has had its turn on the connection: those
 * that wait behind another when the connection ends are never closed, so the connection's own end counts them out.
 */
export class Connection {
  /** Requests that are not answered yet. */
  requests = 0;
  /** The newest of them, whose body may still be arriving. */
  latest: ServerResponse | undefined;
  /** Its request's id. */
  latestId = '';
  /** Nothing more is taken: a refusal is on its way that closes the connection. */
  refused = false;
  readonly #onAnswered: (answered: number) => void;
  #waiting: { readonly requests: number; readonly then: () => void } | undefined;

  /** `onAnswered` is told of each request that ended, answered or not. */
  constructor(socket: Duplex, onAnswered: (requests: number) => void) {
    this.#onAnswered = onAnswered;
    socket.once('close', () => {
      this.#waiting = undefined;
      this.#end(this.requests);
    });
  }

  begin(response: ServerResponse, requestId: string): void {
    this.requests++;
    this.latest = response;
    this.latestId = requestId;
    response.on('close', this.#onClose);
  }

  readonly #onClose = (): void => {
    if (this.requests > 0) this.#end(1);
  };

  /** Whether the newest request's body is still arriving. */
  inBody(): boolean {
    return this.requests > 0 && this.latest?.req.complete === false;
  }

  /** Calls `then` once at most `requests` are left, which may be now. */
  whenDownTo(requests: number, then: () => void): void {
    if (this.requests <= requests) then();
    else this.#waiting = { requests, then };
  }

  #end(requests: number): void {
    this.requests -= requests;
    this.#onAnswered(requests);
    if (this.#waiting === undefined || this.requests > this.#waiting.requests) return;
    const { then } = this.#waiting;
    this.#waiting = undefined;
    then();
  }
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

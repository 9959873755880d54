import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { Problem, unavailable } from './problem.ts';

/** How to serve; `tls` holds PEM texts. */
export interface ServerOptions {
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly limits?: Partial<ServerLimits>;
}

/** Bounds on what clients can hold open; Node's own defaults are far looser. */
export interface ServerLimits {
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly maxConnections: number;
  readonly maxRequestsInFlight: number;
  readonly maxRequestsInFlightPerConnection: number;
}

export const defaultServerLimits: ServerLimits = {
  headersTimeoutMs: 5000,
  requestTimeoutMs: 30_000,
  maxConnections: 10_000,
  maxRequestsInFlight: 20_000,
  maxRequestsInFlightPerConnection: 100,
};

// Longer than the idle timeout of common load balancers, so that they close idle connections and we do not.
const KEEP_ALIVE_MS = 75_000;
const CHECK_TIMEOUTS_EACH_MS = 1000;

type Handle = (request: IncomingMessage, response: ServerResponse) => unknown;

/** The listening socket and its bounds, in front of the application. */
export class FrontDoor {
  readonly #server: Server;
  readonly #limits: ServerLimits;
  readonly #handle: Handle;
  readonly #perConnection = new WeakMap<Socket, { requests: number }>();
  #inFlight = 0;
  #stopping = false;
  #onDrained: (() => void) | undefined;

  constructor(options: ServerOptions, handle: Handle) {
    this.#limits = { ...defaultServerLimits, ...options.limits };
    this.#handle = handle;
    const settings = {
      headersTimeout: this.#limits.headersTimeoutMs,
      requestTimeout: this.#limits.requestTimeoutMs,
      connectionsCheckingInterval: CHECK_TIMEOUTS_EACH_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      noDelay: true,
    };
    const accept = (request: IncomingMessage, response: ServerResponse) => this.#accept(request, response);
    this.#server = options.tls
      ? createSecureServer({ ...settings, ...options.tls }, accept)
      : createServer(settings, accept);
    this.#server.maxConnections = this.#limits.maxConnections;
    this.#server.on('clientError', answerClientError);
  }

  /** Starts to listen and returns the port, which matters when 0 was asked for. */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /**
   * Stops accepting, lets every request that is being served finish for up to `timeoutMs`, and closes all
   * connections. Safe to call twice.
   */
  async stop(timeoutMs: number): Promise<void> {
    this.#stopping = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    if (this.#inFlight > 0) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#onDrained = resolve;
        timer = setTimeout(resolve, timeoutMs);
      });
      clearTimeout(timer);
    }
    this.#server.closeAllConnections();
    await closed;
  }

  #accept(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#countersOf(request.socket);
    connection.requests++;
    this.#inFlight++;
    response.once('close', () => {
      connection.requests--;
      this.#inFlight--;
      if (this.#inFlight === 0) this.#onDrained?.();
    });
    if (this.#stopping) response.setHeader('connection', 'close');
    if (this.#inFlight > this.#limits.maxRequestsInFlight) {
      refuse(response, unavailable('Too many requests are being served.'));
    } else if (connection.requests > this.#limits.maxRequestsInFlightPerConnection) {
      refuse(response, unavailable('Too many requests are being served on this connection.'));
    } else {
      this.#handle(request, response);
    }
  }

  #countersOf(socket: Socket): { requests: number } {
    let counters = this.#perConnection.get(socket);
    if (counters === undefined) this.#perConnection.set(socket, (counters = { requests: 0 }));
    return counters;
  }
}

function refuse(response: ServerResponse, problem: Problem): void {
  response.writeHead(problem.status, {
    ...problem.headers,
    'content-type': 'application/problem+json; charset=utf-8',
    connection: 'close',
  });
  response.end(JSON.stringify(problem));
}

/** What Node's parser refuses never becomes a request: it is answered on the bare socket. */
function answerClientError(error: Error & { code?: string }, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const problem = problemOfParser(error.code);
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.status === 408 ? 'Request Timeout' : 'Bad Request'}\r\n` +
      'Content-Type: application/problem+json; charset=utf-8\r\n' +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
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

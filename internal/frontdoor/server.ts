import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

import { sendProblem } from './answer.ts';
import { answerClientError, Connection } from './connection.ts';
import { Problem, unavailable } from './problem.ts';
import { declineUpgrade, type TakeUpgrade } from './upgrade.ts';

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
  /** How long a request that has begun to arrive may go on when the server stops. */
  readonly arrivalOnStopMs: number;
}

const defaultServerLimits: ServerLimits = {
  headersTimeoutMs: 5000,
  requestTimeoutMs: 30_000,
  maxConnections: 10_000,
  maxRequestsInFlight: 20_000,
  maxRequestsInFlightPerConnection: 100,
  arrivalOnStopMs: 1000,
};

// Longer than the idle timeout of common load balancers, so that they close idle connections and we do not.
const KEEP_ALIVE_MS = 75_000;
const CHECK_TIMEOUTS_EACH_MS = 1000;
// While stopping, whose time is short, a refused body is read past for less long.
const LINGER_ON_STOP_MS = 500;

/** Serves a request; its id is to be in the answer and the log. */
export type Handle = (request: IncomingMessage, response: ServerResponse, requestId: string) => unknown;

/** The listening socket and its bounds, in front of the application. */
export class FrontDoor {
  readonly #server: Server;
  readonly #limits: ServerLimits;
  readonly #handle: Handle;
  readonly #connections = new Map<Duplex, Connection>();
  readonly #requestId = createRequestIds();
  #inFlight = 0;
  #stopped: Promise<void> | undefined;
  #onDrained: (() => void) | undefined;

  constructor(options: ServerOptions, handle: Handle, upgrade?: TakeUpgrade) {
    this.#limits = { ...defaultServerLimits, ...options.limits };
    this.#handle = handle;
    const settings = {
      headersTimeout: this.#limits.headersTimeoutMs,
      requestTimeout: this.#limits.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(CHECK_TIMEOUTS_EACH_MS, this.#limits.headersTimeoutMs),
      keepAliveTimeout: KEEP_ALIVE_MS,
      requireHostHeader: false, // Node would refuse without a word; `#accept` says why.
      noDelay: true,
    };
    const accept = (request: IncomingMessage, response: ServerResponse) => this.#accept(request, response);
    this.#server = options.tls
      ? createSecureServer({ ...settings, ...options.tls }, accept)
      : createServer(settings, accept);
    this.#server.maxConnections = this.#limits.maxConnections;
    this.#server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
      const requestId = this.#requestId(request.headers['x-request-id']);
      const problem = new Problem(417, 'invalid-request', 'Expect takes 100-continue only.');
      this.#refuse(request, response, requestId, problem);
    });
    if (upgrade !== undefined) {
      this.#server.on('upgrade', (request, socket, head) => {
        if (request.headers.upgrade?.toLowerCase() === 'websocket') {
          upgrade(request, socket, head, this.#requestId(request.headers['x-request-id']));
        } else {
          declineUpgrade(this.#server, request, socket, head);
        }
      });
    }
    this.#server.on('clientError', (error, socket) => {
      answerClientError(error, socket, this.#connectionOf(socket), this.#requestId(undefined));
    });
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
   * connections. A request that is still arriving a little later is told 503: its client may never send the rest.
   * Safe to call twice.
   */
  stop(timeoutMs: number): Promise<void> {
    return (this.#stopped ??= this.#stop(timeoutMs));
  }

  async #stop(timeoutMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    if (this.#inFlight > 0) {
      const sweep = setInterval(() => this.#refuseArriving(), this.#limits.arrivalOnStopMs);
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#onDrained = resolve;
        timer = setTimeout(resolve, timeoutMs);
      });
      clearTimeout(timer);
      clearInterval(sweep);
    }
    this.#server.closeAllConnections();
    await closed;
  }

  #accept(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#connectionOf(request.socket);
    // A refusal before it closes the connection: this one could never be answered.
    if (connection.refused) return;
    this.#inFlight++;
    const requestId = this.#requestId(request.headers['x-request-id']);
    connection.begin(response, requestId);
    const refusal = this.#refusalOf(request, connection);
    if (refusal !== undefined) {
      this.#refuse(request, response, requestId, refusal);
      return;
    }
    if (this.#stopped !== undefined) response.setHeader('connection', 'close');
    this.#handle(request, response, requestId);
  }

  /** Refuses the requests whose bodies are still on their way, of which the last of a connection is the only one. */
  #refuseArriving(): void {
    for (const connection of this.#connections.values()) {
      const { latest: response, latestId } = connection;
      if (response === undefined || !connection.inBody() || response.headersSent) continue;
      this.#refuse(response.req, response, latestId, unavailable('The service stops.'), LINGER_ON_STOP_MS);
    }
  }

  #refuse(
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
    problem: Problem,
    lingerMs?: number,
  ): void {
    this.#connectionOf(request.socket).refused = true;
    response.setHeader('connection', 'close');
    response.setHeader('x-request-id', requestId);
    sendProblem(request, response, problem, lingerMs);
  }

  #refusalOf(request: IncomingMessage, connection: Connection): Problem | undefined {
    if (this.#inFlight > this.#limits.maxRequestsInFlight) {
      return unavailable('Too many requests are being served.');
    }
    if (connection.requests > this.#limits.maxRequestsInFlightPerConnection) {
      return unavailable('Too many requests are being served on this connection.');
    }
    if (request.headers.host === undefined && request.httpVersion === '1.1') {
      return new Problem(400, 'invalid-request', 'The Host header is missing.');
    }
    return undefined;
  }

  #connectionOf(socket: Duplex): Connection {
    let connection = this.#connections.get(socket);
    if (connection === undefined) {
      connection = new Connection(socket, (answered) => {
        this.#inFlight -= answered;
        if (this.#inFlight === 0) this.#onDrained?.();
      });
      // What Node complains of may be closed already, and would stay here for ever.
      if (!socket.closed) {
        this.#connections.set(socket, connection);
        socket.once('close', () => this.#connections.delete(socket));
      }
    }
    return connection;
  }
}

const VALID_ID = /^[\w.:-]{1,128}$/;

/** Makes request ids: the caller's own if it is valid, else one that is unique over processes and restarts. */
function createRequestIds(): (given: string | string[] | undefined) => string {
  const process = randomBytes(6).toString('base64url');
  let requests = 0;
  return (given) =>
    typeof given === 'string' && VALID_ID.test(given) ? given : `${process}-${(requests++).toString(36)}`;
}

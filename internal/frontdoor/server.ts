import { randomBytes } from 'node:crypto';
import { createServer, IncomingMessage, type Server } from 'node:http';
import { createServer as createSecureServer, Server as SecureServer } from 'node:https';
import { Server as NetServer, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import type { KeyPair } from '../config/files.ts';
import { AcceptBursts } from './accept-bursts.ts';
import { untilAllAccepted } from './accepting.ts';
import { Answer, Connection } from './answer.ts';
import { answerClientError, endRaw } from './bare-socket.ts';
import { defaultServerLimits, drain, lookAtAll, type ServerLimits } from './limits.ts';
import { Problem, unavailable } from './problem.ts';
import { declineUpgrade, type TakeUpgrade } from './upgrade.ts';

/** How to serve; `tls` holds PEM texts. */
export interface ServerOptions {
  readonly tls?: KeyPair;
  readonly limits?: Partial<ServerLimits>;
  /** Paths that are answered however many requests are in flight, as they tell whether all is well. */
  readonly probes?: ReadonlySet<string>;
  /** Told of each request that was answered with a problem. */
  readonly onRefused?: (problem: Problem) => void;
}

const HANDSHAKE_MS = 10_000;
// Connections that wait until the event loop takes them. Of those that find no room Linux forgets the first packet, and
// they try again after one, three and seven seconds; Node's default is 511.
const MOST_UNACCEPTED = 4096;
const CHECK_TIMEOUTS_EACH_MS = 1000;
// Each leaves listeners behind on its connection.
const MAX_OFFERS_PER_CONNECTION = 100;

/** Serves a request; its id is to be in the answer and the log. */
export type Handle = (request: IncomingMessage, response: Answer, requestId: string) => unknown;

/** The listening socket and its bounds, in front of the application. */
export class FrontDoor {
  readonly #server: Server<typeof IncomingMessage, typeof Answer>;
  readonly #limits: ServerLimits;
  readonly #probes: ReadonlySet<string>;
  readonly #handle: Handle;
  readonly #onRefused: ServerOptions['onRefused'];
  readonly #connections = new Map<Duplex, Connection>();
  readonly #bursts = new AcceptBursts(() => this.#connections.values());
  readonly #requestId = createRequestIds();
  readonly #look: NodeJS.Timeout;
  #inFlight = 0;
  /** When all was last looked at: exact enough for what is late, and at no cost. */
  #lookedMs = performance.now();
  #saysClose = false;
  #stopped: Promise<void> | undefined;

  constructor(options: ServerOptions, handle: Handle, upgrade?: TakeUpgrade) {
    this.#limits = { ...defaultServerLimits, ...options.limits };
    this.#probes = options.probes ?? new Set();
    this.#handle = handle;
    this.#onRefused = options.onRefused;
    const settings = {
      headersTimeout: this.#limits.headersTimeoutMs,
      requestTimeout: this.#limits.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(CHECK_TIMEOUTS_EACH_MS, this.#limits.headersTimeoutMs),
      keepAliveTimeout: this.#limits.keepAliveMs,
      requireHostHeader: false, // Node would refuse without a word; `#accept` says why.
      noDelay: true,
      IncomingMessage,
      ServerResponse: Answer,
    };
    const accept = (request: IncomingMessage, answer: Answer) => this.#accept(request, answer);
    this.#server = options.tls
      ? createSecureServer({ ...settings, ...options.tls, handshakeTimeout: HANDSHAKE_MS }, accept)
      : createServer(settings, accept);
    this.#server.maxConnections = this.#limits.maxConnections;
    this.#server.on('connection', () => this.#bursts.onAccepted());
    this.#server.on(options.tls ? 'secureConnection' : 'connection', (socket: Socket) => this.#know(socket));
    this.#server.on('checkExpectation', (request: IncomingMessage, answer: Answer) => {
      this.#accept(request, answer, new Problem(417, 'invalid-request', 'Expect takes 100-continue only.'));
    });
    this.#server.on('connect', (request) => {
      this.#takeOver(request, (requestId) => {
        const allow = { allow: 'GET, HEAD, OPTIONS, POST' };
        const problem = new Problem(405, 'method-not-allowed', 'This is no proxy.', { headers: allow });
        endRaw(request.socket, problem, requestId);
      });
    });
    if (upgrade !== undefined) {
      this.#server.on('upgrade', (request, _, head) => {
        this.#takeOver(request, (requestId, connection) => {
          if (request.headers.upgrade?.toLowerCase() === 'websocket') {
            // Its end is the handler's affair from now on.
            this.#connections.delete(request.socket);
            upgrade(request, request.socket, head, requestId);
          } else {
            declineUpgrade(this.#server, request, head, ++connection.offers >= MAX_OFFERS_PER_CONNECTION);
          }
        });
      });
    }
    this.#server.on('clientError', (error, socket) => {
      const connection = this.#connections.get(socket);
      if (connection === undefined) socket.destroy();
      else answerClientError(error, socket, connection, this.#requestId(undefined));
    });
    this.#look = setInterval(() => {
      this.#lookedMs = performance.now();
      lookAtAll(this.#connections.values(), this.#lookedMs, this.#limits);
    }, this.#limits.lookEachMs);
    this.#look.unref();
  }

  /** Starts to listen and returns the port, which matters when 0 was asked for. */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ port, host, backlog: MOST_UNACCEPTED }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** Serves connections that come from now on with another certificate, if it serves HTTPS. */
  useCertificate(pair: KeyPair): void {
    if (this.#server instanceof SecureServer) this.#server.setSecureContext(pair);
  }

  /** From now on each answer closes its connection, also of requests that are being served: clients go elsewhere. */
  sayClose(): void {
    this.#saysClose = true;
    for (const connection of this.#connections.values()) connection.sayClose();
  }

  /** Resolves when everybody who has connected is accepted, right before {@link stop}, which resets those who are not. */
  untilAllAccepted(): Promise<void> {
    return untilAllAccepted(() => this.#bursts.accepted);
  }

  /**
   * Stops accepting, lets every request that is being served finish for up to `timeoutMs`, and closes all connections:
   * each with its answer, or once it was idle for a moment, as a client may just be sending on it. A request that is
   * still arriving a little later is told 503: its client may never send the rest. Safe to call twice.
   */
  stop(timeoutMs: number): Promise<void> {
    return (this.#stopped ??= this.#stop(timeoutMs));
  }

  async #stop(timeoutMs: number): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs;
    this.sayClose();
    // Of http's own close() only this part: it also closes connections that seem idle.
    const closed = new Promise<void>((resolve) => {
      NetServer.prototype.close.call(this.#server, () => resolve());
    });
    await drain(this.#connections, deadlineMs, this.#limits);
    clearInterval(this.#look);
    this.#server.close();
    this.#server.closeAllConnections();
    for (const connection of this.#connections.values()) connection.destroy();
    await closed;
  }

  #accept(request: IncomingMessage, answer: Answer, unexpected?: Problem): void {
    const connection = this.#connections.get(request.socket);
    // A refusal before it closes the connection, or it is closed: this one could never be answered.
    if (connection === undefined || connection.refused || !connection.begin(answer)) return;
    const requestId = this.#requestId(request.headers['x-request-id']);
    answer.requestId = requestId;
    answer.askedMs = this.#lookedMs;
    answer.counts = request.method === 'POST' || !this.#isProbe(request.url ?? '');
    if (answer.counts) this.#inFlight++;
    const refusal = unexpected ?? faultOf(request) ?? this.#refusalOf(connection, answer);
    if (refusal !== undefined) connection.refuse(answer, refusal);
    else connection.serve(answer, () => this.#handle(request, answer, requestId));
  }

  /** Gives a connection away once what came before on it is answered: all would be mixed up otherwise. */
  #takeOver(request: IncomingMessage, take: (requestId: string, connection: Connection) => void): void {
    const { socket } = request;
    const connection = this.#connections.get(socket);
    if (connection === undefined || connection.refused) return;
    // Node has let go of the connection, and tells the answers before it no more that there is room again.
    const tellRoom = () => {
      const [first] = connection.answers;
      first?.emit('drain');
    };
    socket.on('drain', tellRoom);
    connection.whenDownTo(0, () => {
      socket.off('drain', tellRoom);
      socket.setTimeout(0);
      // The last answer may have closed it.
      if (!socket.writable) return;
      const requestId = this.#requestId(request.headers['x-request-id']);
      const fault = faultOf(request);
      if (fault === undefined) take(requestId, connection);
      else endRaw(socket, fault, requestId);
    });
  }

  #refusalOf(connection: Connection, answer: Answer): Problem | undefined {
    if (answer.counts && this.#inFlight > this.#limits.maxRequestsInFlight) {
      return unavailable('Too many requests are being served.');
    }
    if (connection.answers.length > this.#limits.maxRequestsInFlightPerConnection) {
      return unavailable('Too many requests are being served on this connection.');
    }
    return undefined;
  }

  #isProbe(url: string): boolean {
    if (this.#probes.has(url)) return true;
    const query = url.indexOf('?');
    return query !== -1 && this.#probes.has(url.slice(0, query));
  }

  #know(socket: Socket): void {
    // It is given to the server anew when an offer was declined.
    if (this.#connections.has(socket)) return;
    const connection = new Connection(socket, (answer) => {
      if (answer.counts) this.#inFlight--;
      if (answer.problem !== undefined) this.#onRefused?.(answer.problem);
    });
    if (this.#saysClose) connection.sayClose();
    this.#connections.set(socket, connection);
    this.#bursts.join(connection);
    socket.once('close', () => this.#connections.delete(socket));
  }
}

/** What Node takes as a request and different servers in a row might take for different ones. */
function faultOf({ rawHeaders, headers, httpVersion }: IncomingMessage): Problem | undefined {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  if (hosts > 1) return new Problem(400, 'invalid-request', 'There are several Host headers.');
  if (hosts === 0 && httpVersion === '1.1') {
    return new Problem(400, 'invalid-request', 'The Host header is missing.');
  }
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.trim().toLowerCase() !== 'chunked') {
    return new Problem(400, 'invalid-request', 'Transfer-Encoding must be chunked, and nothing else.');
  }
  return undefined;
}

const VALID_ID = /^[\w.:-]{1,128}$/;

/** Makes request ids: the caller's own if it is valid, else one that is unique over processes and restarts. */
function createRequestIds(): (given: string | string[] | undefined) => string {
  const process = randomBytes(6).toString('base64url');
  let requests = 0;
  return (given) =>
    typeof given === 'string' && VALID_ID.test(given) ? given : `${process}-${(requests++).toString(36)}`;
}

import { randomBytes } from 'node:crypto';
import { createServer, IncomingMessage, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { Server as NetServer, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as turnOfTheLoop, setTimeout as pause } from 'node:timers/promises';

import { answerClientError, endRaw, sendProblem } from './answer.ts';
import { Answer, Connection } from './connection.ts';
import { Problem, unavailable } from './problem.ts';
import { declineUpgrade, type TakeUpgrade } from './upgrade.ts';

/** How to serve; `tls` holds PEM texts. */
export interface ServerOptions {
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly limits?: Partial<ServerLimits>;
  /** Paths that are answered however many requests are in flight, as they tell whether all is well. */
  readonly probes?: ReadonlySet<string>;
}

/** Bounds on what clients can hold open; Node's own defaults are far looser. */
export interface ServerLimits {
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly maxConnections: number;
  readonly maxRequestsInFlight: number;
  readonly maxRequestsInFlightPerConnection: number;
  /** A request that was not answered so long after all of it had come is answered 503, whatever it waits for. */
  readonly answerWithinMs: number;
  /** A client that takes nothing of an answer for so long is dropped. */
  readonly unreadMs: number;
  /** Bytes of all answers that wait for their clients; beyond that, clients are dropped that took nothing the longest. */
  readonly maxUnreadBytes: number;
  /** How often what connections have under way is looked at. */
  readonly lookEachMs: number;
  /** How long a request that has begun to arrive may go on when the server stops. */
  readonly arrivalOnStopMs: number;
  /** How long a connection must have had nothing under way to be closed when the server stops. */
  readonly idleOnStopMs: number;
}

const defaultServerLimits: ServerLimits = {
  headersTimeoutMs: 5000,
  requestTimeoutMs: 30_000,
  maxConnections: 10_000,
  maxRequestsInFlight: 20_000,
  maxRequestsInFlightPerConnection: 100,
  answerWithinMs: Infinity,
  unreadMs: 30_000,
  maxUnreadBytes: 134_217_728,
  lookEachMs: 250,
  arrivalOnStopMs: 1000,
  idleOnStopMs: 250,
};

// Longer than the idle timeout of common load balancers, so that they close idle connections and we do not.
const KEEP_ALIVE_MS = 75_000;
const HANDSHAKE_MS = 10_000;
const CHECK_TIMEOUTS_EACH_MS = 1000;
// While stopping, whose time is short, a refused body is read past for less long, and a closed connection waited for.
const LINGER_ON_STOP_MS = 500;
const LOOK_ON_STOP_EACH_MS = 25;
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
  readonly #connections = new Map<Duplex, Connection>();
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
    const settings = {
      headersTimeout: this.#limits.headersTimeoutMs,
      requestTimeout: this.#limits.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(CHECK_TIMEOUTS_EACH_MS, this.#limits.headersTimeoutMs),
      keepAliveTimeout: KEEP_ALIVE_MS,
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
    this.#look = setInterval(() => this.#lookAtAll(), this.#limits.lookEachMs);
    this.#look.unref();
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

  /** From now on each answer closes its connection, also of requests that are being served: clients go elsewhere. */
  sayClose(): void {
    this.#saysClose = true;
    for (const connection of this.#connections.values()) connection.sayClose();
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
    await this.#drain(deadlineMs);
    clearInterval(this.#look);
    this.#server.close();
    this.#server.closeAllConnections();
    for (const connection of this.#connections.values()) connection.destroy();
    await closed;
  }

  /** Resolves once no connection is left, or at the deadline. */
  async #drain(deadlineMs: number): Promise<void> {
    const { idleOnStopMs, arrivalOnStopMs } = this.#limits;
    const looked = new Map<Connection, { latest: Answer | undefined; busyMs: number; endedMs?: number }>();
    let refuseMs = performance.now() + arrivalOnStopMs;
    while (this.#connections.size > 0 && performance.now() < deadlineMs) {
      const nowMs = performance.now();
      for (const connection of this.#connections.values()) {
        const { latest } = connection;
        const seen = looked.get(connection);
        if (seen?.endedMs !== undefined) {
          if (nowMs - seen.endedMs > LINGER_ON_STOP_MS) connection.destroy();
        } else if (seen === undefined || connection.answers.length > 0 || latest !== seen.latest) {
          looked.set(connection, { latest, busyMs: nowMs });
        } else if (nowMs - seen.busyMs >= idleOnStopMs) {
          looked.set(connection, { ...seen, endedMs: nowMs });
          connection.end();
        }
      }
      if (nowMs >= refuseMs) {
        this.#refuseArriving();
        refuseMs += arrivalOnStopMs;
      }
      await pause(Math.min(LOOK_ON_STOP_EACH_MS, Math.max(1, deadlineMs - nowMs)));
      // After the timer what has come meanwhile is read first.
      await turnOfTheLoop();
    }
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
    if (refusal !== undefined) this.#refuse(connection, answer, refusal);
    else this.#handle(request, answer, requestId);
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

  /** Refuses the requests whose bodies are still on their way, of which the last of a connection is the only one. */
  #refuseArriving(): void {
    for (const connection of this.#connections.values()) {
      const { latest: answer } = connection;
      if (answer === undefined || !connection.inBody() || answer.headersSent) continue;
      this.#refuse(connection, answer, unavailable('The service stops.'), LINGER_ON_STOP_MS);
    }
  }

  #refuse(connection: Connection, answer: Answer, problem: Problem, lingerMs?: number): void {
    connection.refused = true;
    answer.setHeader('connection', 'close');
    answer.setHeader('x-request-id', answer.requestId);
    sendProblem(answer.req, answer, problem, lingerMs);
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

  /** Tells requests that are late, and drops clients that take nothing of their answers. */
  #lookAtAll(): void {
    const { answerWithinMs, unreadMs, maxUnreadBytes } = this.#limits;
    const nowMs = (this.#lookedMs = performance.now());
    const unread: { readonly connection: Connection; readonly bytes: number }[] = [];
    let unreadBytes = 0;
    for (const connection of this.#connections.values()) {
      if (connection.answers.length === 0) continue;
      for (const answer of connection.answers) {
        if (!answer.req.complete) answer.askedMs = nowMs;
        else if (nowMs - answer.askedMs > answerWithinMs && !answer.headersSent) tellLate(answer);
      }
      const bytes = connection.unreadBytes(nowMs);
      if (bytes === 0) continue;
      if (nowMs - connection.movedMs > unreadMs) {
        connection.destroy();
      } else {
        unread.push({ connection, bytes });
        unreadBytes += bytes;
      }
    }
    if (unreadBytes <= maxUnreadBytes) return;
    unread.sort((a, b) => a.connection.movedMs - b.connection.movedMs || b.bytes - a.bytes);
    // One answer may always wait, however long it is.
    for (const { connection, bytes } of unread.slice(0, -1)) {
      if (unreadBytes <= maxUnreadBytes) break;
      connection.destroy();
      unreadBytes -= bytes;
    }
  }

  #know(socket: Socket): void {
    // It is given to the server anew when an offer was declined.
    if (this.#connections.has(socket)) return;
    const connection = new Connection(socket, (answer) => {
      if (answer.counts) this.#inFlight--;
    });
    if (this.#saysClose) connection.sayClose();
    this.#connections.set(socket, connection);
    socket.once('close', () => this.#connections.delete(socket));
  }
}

function tellLate(answer: Answer): void {
  answer.setHeader('x-request-id', answer.requestId);
  sendProblem(answer.req, answer, unavailable('The request was not served in time.'));
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

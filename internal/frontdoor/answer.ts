import { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';

import type { Context } from 'koa';

import { gather, Paced, PIECE_BYTES } from './paced.ts';
import type { Problem } from './problem.ts';

/** The answer of one request, with what the front door knows of it. */
export class Answer extends ServerResponse {
  requestId = '';
  /** Counts among all requests in flight. */
  counts = true;
  /** When the whole request was there, in milliseconds of a clock that never jumps. */
  askedMs = 0;
  /** Bytes of its body that are made and that the connection was not given yet. */
  heldBytes = 0;
  owner: Connection | undefined;
  /** Serves its request, which waits for those before it on its connection. */
  serve: (() => void) | undefined;
  /** What it was answered instead of being served. */
  problem: Problem | undefined;

  /** Answers with a problem, past whoever serves the request. */
  sendProblem(problem: Problem, lingerMs?: number): void {
    this.setHeader('x-request-id', this.requestId);
    sendProblem(this, problem, lingerMs);
  }
}

/** So many requests of one connection are served at once. */
const SERVED_AT_ONCE = 5;

/**
 * What one connection has under way. Node closes a response only once it has had its turn on the connection: those
 * that wait behind another when the connection ends are closed here.
 */
export class Connection {
  /** Of the requests that are not answered yet, in order; answered means that the system has all bytes of it. */
  readonly answers: Answer[] = [];
  /** The newest of them, whose request's body may still be arriving. */
  latest: Answer | undefined;
  /** Nothing more is taken: a refusal is on its way that closes the connection. */
  refused = false;
  /** Offers to go on in another protocol, so far. */
  offers = 0;
  /** When the client last took bytes, or had none to take. */
  movedMs = 0;
  #takenBytes = 0;
  #unreadBytes = 0;
  #saysClose = false;
  #isHeld = false;
  readonly #socket: Socket;
  readonly #onAnswered: (answer: Answer) => void;
  #waiting: { readonly requests: number; readonly then: () => void } | undefined;

  /** `onAnswered` is told of each request that ended, answered or not. */
  constructor(socket: Socket, onAnswered: (answer: Answer) => void) {
    this.#socket = socket;
    this.#onAnswered = onAnswered;
    // Who takes a connection over is rid of Node's listener; without any, a lost connection would end the process.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.#waiting = undefined;
      for (const answer of this.answers) answer.serve = undefined;
      for (const answer of [...this.answers]) {
        this.ended(answer);
        if (answer.socket === null) answer.emit('close');
      }
    });
  }

  /** Returns false for a request that cannot be answered any more: the answer before it has closed the connection. */
  begin(answer: Answer): boolean {
    const before = this.latest;
    if (this.#saysClose && before !== undefined && before === this.answers.at(-1)) {
      if (!before.headersSent) before.removeHeader('connection');
      else if (before.getHeader('connection') === 'close') return false;
    }
    answer.owner = this;
    answer.on('close', onClose);
    this.answers.push(answer);
    this.latest = answer;
    if (this.#saysClose) answer.setHeader('connection', 'close');
    return true;
  }

  /**
   * Serves the newest request, once fewer than {@link SERVED_AT_ONCE} are ahead of it. A few packets hold hundreds of requests,
   * which would all begin in one turn of the event loop, and long answers would be made ahead of who reads them.
   */
  serve(answer: Answer, serve: () => void): void {
    if (this.answers.length <= SERVED_AT_ONCE) serve();
    else answer.serve = serve;
  }

  /** From now on the newest answer says that it is the last one. */
  sayClose(): void {
    this.#saysClose = true;
    this.resume();
    const { latest } = this;
    if (latest !== undefined && latest === this.answers.at(-1) && !latest.headersSent) {
      latest.setHeader('connection', 'close');
    }
  }

  /** Whether the newest request's body is still arriving. */
  inBody(): boolean {
    return this.answers.length > 0 && this.latest?.req.complete === false;
  }

  /**
   * Hears nothing more of its client until {@link resume}, and returns true, unless that is so already. A body that is arriving
   * goes on to: whoever reads it says itself when to wait. So does what another protocol, or Node itself, has stopped or taken
   * over, and who is to be told that the service stops.
   */
  hold(): boolean {
    const isHeard = !this.#isHeld && !this.#saysClose && this.#socket.readableFlowing === true;
    if (!isHeard || this.inBody()) return false;
    this.#isHeld = true;
    this.#socket.pause();
    return true;
  }

  resume(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#socket.resume();
  }

  /** Calls `then` once at most `requests` are left, which may be now. */
  whenDownTo(requests: number, then: () => void): void {
    if (this.answers.length <= requests) then();
    else this.#waiting = { requests, then };
  }

  /** Bytes that wait for the client to take them; notes whether it took any since the last look. */
  unreadBytes(nowMs: number): number {
    let unread = 0;
    for (const answer of this.answers) unread += answer.writableLength + answer.heldBytes;
    const takenBytes = this.#socket.bytesWritten - this.#socket.writableLength;
    // What was not there at the last look could not be taken since.
    if (unread === 0 || this.#unreadBytes === 0 || takenBytes !== this.#takenBytes) this.movedMs = nowMs;
    this.#takenBytes = takenBytes;
    this.#unreadBytes = unread;
    return unread;
  }

  /** Refuses its newest request, and takes nothing more. */
  refuse(answer: Answer, problem: Problem, lingerMs?: number): void {
    this.refused = true;
    answer.setHeader('connection', 'close');
    answer.sendProblem(problem, lingerMs);
  }

  /** Closes once what was written is on its way. */
  end(): void {
    this.refused = true;
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  ended(answer: Answer): void {
    // Nearly always the first, as they go out in order.
    const index = this.answers.indexOf(answer);
    if (index === -1) return;
    if (this.answers.length === 1) this.answers.length = 0;
    else this.answers.splice(index, 1);
    this.#onAnswered(answer);
    const next = this.answers[SERVED_AT_ONCE - 1];
    const serve = next?.serve;
    if (next !== undefined && serve !== undefined) {
      next.serve = undefined;
      // It may be too late for it.
      if (!next.headersSent) serve();
    }
    if (this.#waiting === undefined || this.answers.length > this.#waiting.requests) return;
    const { then } = this.#waiting;
    this.#waiting = undefined;
    then();
  }
}

function onClose(this: Answer): void {
  this.owner?.ended(this);
}

// Headers are given all at once, as Node writes them: setting them one by one costs a tenth of a small request.

/** Answers 200 without a body, past Koa. */
export function endEmpty(response: ServerResponse, requestId: string): void {
  // Whoever is late finds it answered.
  if (response.headersSent) return;
  response.writeHead(200, ['x-request-id', requestId, 'content-length', '0']);
  response.end();
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** Answers 200 with a body that is JSON text already, past Koa. */
export function endJson(response: ServerResponse, requestId: string, json: string): void {
  if (response.headersSent) return;
  response.writeHead(200, [
    'x-request-id',
    requestId,
    'content-type',
    JSON_TYPE,
    'cache-control',
    'no-store',
    'content-length',
    String(Buffer.byteLength(json)),
  ]);
  response.end(json);
}

// How long the rest of a refused body is read and thrown away. Closing while bytes arrive resets the connection,
// and many clients then lose the answer that explains why.
const LINGER_MS = 2000;
// Who is to send the same again has to hear so: many send all of a body before they read.
const LINGER_FOR_AGAIN_MS = 10_000;

/** Answers with a problem, as `application/problem+json`. What is left of the request's body is read past, for at most `lingerMs`. */
export function sendProblem(
  response: ServerResponse,
  problem: Problem,
  lingerMs = problem.status === 503 ? LINGER_FOR_AGAIN_MS : LINGER_MS,
): void {
  const request = response.req;
  if (response.headersSent || response.destroyed) return;
  if (response instanceof Answer) response.problem = problem;
  const body = JSON.stringify(problem);
  response.writeHead(problem.status, {
    ...problem.headers,
    'content-type': 'application/problem+json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    // What is left of the body blocks the connection for the next request.
    ...(!request.complete && { connection: 'close' }),
  });
  if (request.complete) {
    response.end(request.method === 'HEAD' ? undefined : body);
    return;
  }
  response.write(body);
  const close = () => response.end();
  const timer = setTimeout(close, lingerMs);
  request.once('close', () => clearTimeout(timer));
  request.once('end', close);
  request.resume();
}

/** Answers 200 with a body that is JSON text already. */
export function answerJson(context: Context, json: string): void {
  answerText(context, json, JSON_TYPE);
}

/** The same with the text's bytes, which other answers may have as well: of a long text no copy is made for each. */
export function answerJsonBytes(context: Context, bytes: Buffer): void {
  describe(context, JSON_TYPE);
  sendPaced(context, bytes);
}

/** Answers 200 with JSON text that is compressed already, as the answer's headers say. */
export function answerCompressed(context: Context, compressed: Buffer): void {
  describe(context, JSON_TYPE);
  context.body = compressed;
}

/**
 * Answers 200 with text that is made piece by piece, JSON unless `type` says something else, as fast as the caller takes
 * it. Small pieces are gathered; what ends before there is much of it is sent as any other answer, with its length. So
 * much is awaited before the answer begins: what fails until then is thrown, and told with a status. What fails later
 * cuts the connection, and the caller sees that the answer is not whole. `pieces` is ended when the caller goes away.
 */
export async function answerStream(
  context: Context,
  pieces: AsyncIterable<string>,
  type = JSON_TYPE,
): Promise<void> {
  const rest = pieces[Symbol.asyncIterator]();
  const { text, isAll } = await gather(rest);
  if (isAll) {
    answerText(context, text, type);
    return;
  }
  describe(context, type);
  const isCompressed = takesGzip(context);
  if (context.method === 'HEAD') {
    await rest.return?.();
    context.body = Readable.from([]);
  } else {
    const body = new Paced(heldBy(context.res), Buffer.from(text), rest);
    context.body = isCompressed ? gzipped(context, body) : body;
  }
}

/** Answers 200 with text of that type. */
export function answerText(context: Context, text: string, type: string): void {
  describe(context, type);
  const isCompressed = text.length >= COMPRESSED_FROM && takesGzip(context);
  if (text.length <= PIECE_BYTES && !isCompressed) {
    context.body = text;
    return;
  }
  const bytes = Buffer.from(text);
  if (isCompressed) context.body = gzipped(context, new Paced(heldBy(context.res), bytes));
  else sendPaced(context, bytes);
}

function sendPaced(context: Context, bytes: Buffer): void {
  context.body = new Paced(heldBy(context.res), bytes);
  context.length = bytes.length;
}

// Shorter answers fit into a few packets as they are.
const COMPRESSED_FROM = 4096;

function takesGzip(context: Context): boolean {
  context.vary('Accept-Encoding');
  return context.method !== 'HEAD' && context.acceptsEncodings('gzip', 'identity') === 'gzip';
}

/**
 * The body as it is made, compressed beside the event loop, at the least cost as it is made for one caller. Not by
 * koa-compress, which would neither cut an answer that fails halfway nor end what is made for a caller who went.
 */
function gzipped(context: Context, body: Readable): Readable {
  context.set('content-encoding', 'gzip');
  // Whoever sends the answer hears of what fails.
  return pipeline(body, createGzip({ level: constants.Z_BEST_SPEED }), () => undefined);
}

function describe(context: Context, type: string): void {
  context.type = type;
  context.set('cache-control', 'no-store');
}

function heldBy(response: ServerResponse): (bytes: number) => void {
  return (bytes) => {
    if (response instanceof Answer) response.heldBytes = bytes;
  };
}

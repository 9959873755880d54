import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable, type Duplex } from 'node:stream';

import type { Context } from 'koa';

import { Answer, type Connection } from './connection.ts';
import { Problem } from './problem.ts';

// How long the rest of a refused body is read and thrown away. Closing while bytes arrive resets the connection,
// and many clients then lose the answer that explains why.
const LINGER_MS = 2000;

/** Answers with a problem, as `application/problem+json`. What is left of the request's body is read past, for at most `lingerMs`. */
export function sendProblem(
  request: IncomingMessage,
  response: ServerResponse,
  problem: Problem,
  lingerMs = LINGER_MS,
): void {
  if (response.headersSent || response.destroyed) return;
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

/** Answers 200 with a body that is JSON text already. */
export function answerJson(context: Context, json: string): void {
  answerText(context, json, JSON_TYPE);
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
  if (context.method === 'HEAD') {
    await rest.return?.();
    context.body = Readable.from([]);
  } else {
    context.body = new Paced(context.res, Buffer.from(text), rest);
  }
}

function answerText(context: Context, text: string, type: string): void {
  describe(context, type);
  if (text.length <= PIECE_BYTES) {
    context.body = text;
    return;
  }
  const bytes = Buffer.from(text);
  context.body = new Paced(context.res, bytes);
  context.length = bytes.length;
}

function describe(context: Context, type: string): void {
  context.type = type;
  context.set('cache-control', 'no-store');
}

const PIECE_BYTES = 65_536;
const GATHER_MS = 500;

/** Takes pieces until there is enough to send, or nothing more, or until that takes long. */
async function gather(pieces: AsyncIterator<string>): Promise<{ text: string; isAll: boolean }> {
  const untilMs = performance.now() + GATHER_MS;
  let text = '';
  while (text.length < PIECE_BYTES && (text === '' || performance.now() < untilMs)) {
    const next = await pieces.next();
    if (next.done === true) return { text, isAll: true };
    text += next.value;
  }
  return { text, isAll: false };
}

/**
 * The body of a long answer. What has been made of it is given on bit by bit, as the connection takes it: so it is seen
 * whether a caller reads at all, and what waits for one that does not is little.
 */
class Paced extends Readable {
  #bytes: Buffer;
  #rest: AsyncIterator<string> | undefined;
  readonly #answer: Answer | undefined;

  constructor(response: ServerResponse, made: Buffer, rest?: AsyncIterator<string>) {
    super({ highWaterMark: PIECE_BYTES });
    this.#answer = response instanceof Answer ? response : undefined;
    this.#rest = rest;
    this.#bytes = made;
    this.#tellHeld();
  }

  override _read(): void {
    this.#next().then(
      (piece) => this.push(piece),
      (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  }

  async #next(): Promise<Buffer | null> {
    if (this.#bytes.length === 0 && this.#rest !== undefined) {
      const { text, isAll } = await gather(this.#rest);
      if (isAll) this.#rest = undefined;
      this.#bytes = Buffer.from(text);
    }
    if (this.#bytes.length === 0) return null;
    const piece = this.#bytes.subarray(0, PIECE_BYTES);
    this.#bytes = this.#bytes.subarray(PIECE_BYTES);
    this.#tellHeld();
    return piece;
  }

  #tellHeld(): void {
    if (this.#answer !== undefined) this.#answer.heldBytes = this.#bytes.length;
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const ended = Promise.resolve(this.#rest?.return?.());
    this.#rest = undefined;
    this.#bytes = Buffer.alloc(0);
    this.#tellHeld();
    ended.then(
      () => done(error),
      (failure: unknown) => done(error ?? (failure instanceof Error ? failure : null)),
    );
  }
}

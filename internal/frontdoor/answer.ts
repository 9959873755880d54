import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';

import type { Context } from 'koa';

import type { Problem } from './problem.ts';

// How long the rest of a refused body is read and thrown away. Closing while bytes arrive resets the connection,
// and many clients then lose the answer that explains why.
export const LINGER_MS = 2000;

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

/** A problem as the bytes of a whole answer, for a connection that no response belongs to; it is to be closed then. */
export function rawProblem(problem: Problem, requestId: string): string {
  const body = JSON.stringify(problem);
  const headers = Object.entries(problem.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return (
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}\r\n${headers.join('')}` +
    'Content-Type: application/problem+json; charset=utf-8\r\n' +
    `Content-Length: ${Buffer.byteLength(body)}\r\n` +
    `X-Request-Id: ${requestId}\r\nConnection: close\r\n\r\n${body}`
  );
}

// Headers are given all at once, as Node writes them: setting them one by one costs a tenth of a small request.

/** Answers 200 without a body, past Koa. */
export function endEmpty(response: ServerResponse, requestId: string): void {
  response.writeHead(200, ['x-request-id', requestId, 'content-length', '0']);
  response.end();
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** Answers 200 with a body that is JSON text already, past Koa. */
export function endJson(response: ServerResponse, requestId: string, json: string): void {
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
  context.type = JSON_TYPE;
  context.set('cache-control', 'no-store');
  context.body = json;
}

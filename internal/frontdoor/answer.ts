import type { Context } from 'koa';

import type { Problem } from './problem.ts';

// How long the rest of a refused body is read and thrown away. Closing while bytes arrive resets the connection,
// and many clients then lose the answer that explains why.
const LINGER_MS = 2000;

/** Answers with a problem, as `application/problem+json`. */
export function answerProblem(context: Context, problem: Problem): void {
  const { req, res } = context;
  if (res.headersSent || res.destroyed) return;
  const body = JSON.stringify(problem);
  context.respond = false;
  res.writeHead(problem.status, {
    ...problem.headers,
    'content-type': 'application/problem+json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    // What is left of the body blocks the connection for the next request.
    ...(!req.complete && { connection: 'close' }),
  });
  if (req.complete) {
    res.end(context.method === 'HEAD' ? undefined : body);
    return;
  }
  res.write(body);
  const close = () => res.end();
  const timer = setTimeout(close, LINGER_MS);
  req.once('close', () => clearTimeout(timer));
  req.once('end', close);
  req.resume();
}

/** Answers 200 without a body, past Koa's own response, which costs as much as all the rest of a hot write. */
export function answerEmpty(context: Context): void {
  context.respond = false;
  context.res.writeHead(200, { 'content-length': 0 });
  context.res.end();
}

/** Answers 200 with a body that is JSON text already. */
export function answerJson(context: Context, json: string): void {
  context.type = 'application/json; charset=utf-8';
  context.set('cache-control', 'no-store');
  context.body = json;
}

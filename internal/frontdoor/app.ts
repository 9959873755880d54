import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';

import Router, { type RouterContext } from '@koa/router';
import Koa, { type Context } from 'koa';

import { isTransient } from '../database/sqlstate.ts';
import { UnavailableError } from '../shards/unavailable.ts';
import type { Logger } from '../telemetry/logger.ts';
import { sendProblem } from './answer.ts';
import { Problem, unavailable } from './problem.ts';
import type { FeatureRoutes } from './route.ts';
import type { Handle } from './server.ts';

export interface AppOptions {
  readonly features: readonly FeatureRoutes[];
  readonly tokens: Tokens;
  /** Why nothing that needs the database can be served yet, or undefined. */
  readonly notReady: () => string | undefined;
  readonly logger: Logger;
}

/**
 * What serves all requests: the Koa application, and ahead of it the hot writes of the features, for which Koa's context
 * would cost as much as all the rest. Both have one entrance.
 */
export function createApp({ features, tokens, notReady, logger }: AppOptions): Handle {
  const enter = createEntrance(
    tokens,
    features.flatMap(({ openPaths }) => openPaths ?? []),
    logger,
  );
  const requireDatabase = () => {
    const reason = notReady();
    if (reason !== undefined) throw unavailable(reason);
  };
  const koa = createKoa(createRouter(features, requireDatabase), enter, logger).callback();
  const hotWrites = new Map(features.flatMap(({ hotWrites: writes }) => Object.entries(writes ?? {})));
  return (request, response, requestId) => {
    const write = request.method === 'POST' ? hotWrites.get(request.url ?? '') : undefined;
    if (write === undefined) {
      response.setHeader('x-request-id', requestId);
      void koa(request, response);
      return;
    }
    void enter(response, requestId, () => {
      requireDatabase();
      return write(request, response, requestId);
    });
  };
}

/**
 * What every request passes, whoever serves it: it passes the guard, and what is thrown becomes its answer. What `serve`
 * answers itself has the request's id among its headers. Never rejects; resolves to whether `serve` served it.
 */
type Entrance = (
  response: ServerResponse,
  requestId: string,
  serve: () => Promise<unknown>,
) => Promise<boolean>;

/** `openPaths` need no token. */
function createEntrance(tokens: Tokens, openPaths: readonly string[], logger: Logger): Entrance {
  const guard = createGuard(tokens, new Set(openPaths));
  const logsAnswers = logger.isLevelEnabled('debug');
  return async (response, requestId, serve) => {
    const request = response.req;
    try {
      guard(request);
      await serve();
      if (logsAnswers) {
        const { method, url } = request;
        logger.debug({ requestId, method, url, status: response.statusCode }, 'answered');
      }
      return true;
    } catch (error) {
      const problem = toProblem(error);
      logProblem(logger, problem, { requestId, method: request.method, url: request.url });
      // What was refused at once is still being parsed; once a short body is seen to its end, the connection can stay.
      if (!request.complete) await turnOfTheLoop();
      if (!response.headersSent) response.setHeader('x-request-id', requestId);
      sendProblem(response, problem);
      return false;
    }
  };
}

function createKoa(router: Router, enter: Entrance, logger: Logger): Koa {
  const app = new Koa();
  app.use(async (context, next) => {
    const requestId = context.response.get('x-request-id');
    const isServed = await enter(context.res, requestId, next);
    if (!isServed) context.respond = false;
  });
  app.use((context, next) => {
    requireDecodable(context.path);
    return next();
  });
  app.use(router.routes());
  app.use(refuseUnmatched);
  // What goes wrong after the answer began; Koa itself would print it.
  app.on('error', (error: unknown) => {
    if (isGone(error)) logger.debug({ error }, 'answer not delivered');
    else logger.warn({ error }, 'answer cut short');
  });
  return app;
}

/**
 * The router runs what matches in the order in which it was added: what serves without the database comes ahead of the
 * check, all else after it, and the check itself runs only where a path and its method are known.
 */
function createRouter(features: readonly FeatureRoutes[], requireDatabase: () => void): Router {
  const router = new Router({ sensitive: true, strict: true });
  for (const feature of features) if (feature.servesWithoutDatabase) feature.add(router);
  router.use((_, next) => {
    requireDatabase();
    return next();
  });
  for (const feature of features) if (!feature.servesWithoutDatabase) feature.add(router);
  return router;
}

/** Answers OPTIONS, or throws 404 or 405, for what no route matched. */
function refuseUnmatched(context: Context & Pick<RouterContext, 'matched'>): void {
  const allowed = new Set(context.matched?.flatMap((layer) => layer.methods));
  if (allowed.size === 0) throw new Problem(404, 'not-found', `There is no ${context.path} here.`);
  const allow = [...allowed].join(', ');
  if (context.method !== 'OPTIONS') {
    throw new Problem(405, 'method-not-allowed', `${context.path} takes ${allow}.`, { headers: { allow } });
  }
  context.set('allow', allow);
  context.status = 204;
}

function requireDecodable(path: string): void {
  try {
    decodeURIComponent(path);
  } catch {
    throw new Problem(400, 'invalid-url', 'The path is not valid percent-encoded UTF-8.');
  }
}

/** The caller went away, which is its own affair. */
function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && goneCodes.has(error.code);
}

const goneCodes = new Set<unknown>(['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE']);

/** Who may do what; an empty list leaves that side open. */
export interface Tokens {
  readonly write: readonly string[];
  readonly read: readonly string[];
}

/** What a guard looks at. */
export type Guarded = Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'socket'>;

const readMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Returns the check that each request passes first; what is in `openPaths` needs no token. It throws a {@link Problem}:
 * 401 or 403.
 */
export function createGuard(
  tokens: Tokens,
  openPaths: ReadonlySet<string> = new Set(),
): (request: Guarded) => void {
  const mayRead = createTokenCheck(tokens.read);
  const mayWrite = createTokenCheck(tokens.write);
  return (request) => {
    const reads = readMethods.has(request.method ?? 'GET');
    if (!reads) refuseOtherOrigins(request);
    const may = reads ? mayRead : mayWrite;
    if (may === undefined || openPaths.has(pathOf(request))) return;
    if (!may(request.headers.authorization ?? '')) {
      throw new Problem(
        401,
        'unauthorized',
        `Send a ${reads ? 'read' : 'write'} token as "Authorization: Bearer …".`,
        {
          headers: { 'www-authenticate': 'Bearer realm="minikom"' },
        },
      );
    }
  };
}

function pathOf(request: Guarded): string {
  return request.url?.split('?', 1)[0] ?? '';
}

/**
 * A page of another origin may not write through its visitor's browser. Agents send neither header. What a proxy says of
 * the scheme is believed, as a page cannot say it.
 */
export function refuseOtherOrigins({ headers, socket }: Guarded): void {
  const { origin, host = '', 'sec-fetch-site': site, 'x-forwarded-proto': forwarded } = headers;
  const sameSite = site === undefined || site === 'same-origin' || site === 'none';
  const scheme = forwarded === undefined ? schemeOf(socket) : String(forwarded).split(',', 1)[0]?.trim();
  if (!sameSite || (origin !== undefined && !isSameOrigin(origin, `${scheme ?? ''}://${host}`))) {
    throw new Problem(403, 'cross-origin', 'A page of another origin may not do this.');
  }
}

function schemeOf(socket: Socket): string {
  return socket instanceof TLSSocket ? 'https' : 'http';
}

function isSameOrigin(origin: string, own: string): boolean {
  return URL.canParse(origin) && URL.canParse(own) && new URL(origin).origin === new URL(own).origin;
}

function createTokenCheck(tokens: readonly string[]): ((authorization: string) => boolean) | undefined {
  if (tokens.length === 0) return undefined;
  const digests = tokens.map(digest);
  return (authorization) => {
    const given = digest(/^Bearer +(.+)$/i.exec(authorization)?.[1] ?? '');
    // All are compared, in constant time, so that timing tells nothing about any of them.
    return digests.map((known) => timingSafeEqual(known, given)).includes(true);
  };
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** The one place where errors of all rooms become answers. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof UnavailableError) return unavailable(error.message, error);
  if (isTransient(error)) return unavailable('The database does not answer.', error);
  return new Problem(500, 'internal', 'The request failed for a reason that is in the log.', {
    cause: error,
  });
}

/** Logs a refusal once: what is our fault as an error, what may go well later as a warning, all else as information. */
export function logProblem(logger: Logger, problem: Problem, fields: object): void {
  const entry = { ...fields, status: problem.status, code: problem.code, detail: problem.message };
  if (problem.status === 500) logger.error({ ...entry, error: problem.cause }, 'request failed');
  else if (problem.status === 503) logger.warn(entry, 'request not served');
  else logger.info(entry, 'request refused');
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';

import Router, { type RouterContext } from '@koa/router';
import Koa, { type Context } from 'koa';

import { isTransient } from '../database/sqlstate.ts';
import { UnavailableError } from '../shards/unavailable.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import type { AccessLog } from './access-log.ts';
import { sendProblem } from './answer.ts';
import type { Cors } from './cors.ts';
import { encodingFault } from './fields.ts';
import type { Guard } from './guard.ts';
import { Problem, unavailable } from './problem.ts';
import type { RateLimits } from './rate-limits.ts';
import { RetryAfter } from './retry-after.ts';
import type { FeatureRoutes } from './route.ts';
import type { Handle } from './server.ts';

export interface AppOptions {
  readonly features: readonly FeatureRoutes[];
  readonly guard: Guard;
  readonly accessLog: AccessLog;
  readonly rateLimits?: RateLimits | undefined;
  readonly cors?: Cors | undefined;
  readonly tracing?: Pick<Tracing, 'serve'> | undefined;
  /** Why nothing that needs the database can be served yet, or undefined. */
  readonly notReady: () => string | undefined;
  readonly logger: Logger;
}

/**
 * What serves all requests: the Koa application, and ahead of it the hot writes of the features, for which Koa's context
 * would cost as much as all the rest. Both have one entrance.
 */
export function createApp(options: AppOptions): Handle {
  const { features, notReady, logger } = options;
  const enter = createEntrance(options);
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
    const serve = () => {
      requireDatabase();
      return write(request, response, requestId);
    };
    void enter(response, requestId, serve, () => request.url);
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
  routeOf: () => string | undefined,
) => Promise<boolean>;

function createEntrance(options: AppOptions): Entrance {
  const { tracing } = options;
  const enter = createUntracedEntrance(options);
  if (tracing === undefined) return enter;
  return (response, requestId, serve, routeOf) =>
    tracing.serve(response, requestId, routeOf, () => enter(response, requestId, serve));
}

function createUntracedEntrance({ guard, accessLog, rateLimits, cors }: AppOptions) {
  const retryAfter = new RetryAfter();
  return async (response: ServerResponse, requestId: string, serve: () => Promise<unknown>) => {
    const request = response.req;
    const askedMs = performance.now();
    try {
      if (cors !== undefined && request.headers.origin !== undefined && cors.answer(request, response))
        return true;
      if (!isUnasked(guard, request)) guard.check(request);
      if (rateLimits !== undefined && request.method !== 'GET') rateLimits.require(request);
      await serve();
      if (accessLog.tellsAnswers) accessLog.answered(response, requestId, askedMs);
      return true;
    } catch (error) {
      const problem = toProblem(error, retryAfter);
      accessLog.refused(problem, request, requestId, askedMs);
      // What was refused at once is still being parsed; once a short body is seen to its end, the connection can stay.
      if (!request.complete) await turnOfTheLoop();
      if (!response.headersSent) response.setHeader('x-request-id', requestId);
      sendProblem(response, problem);
      return false;
    }
  };
}

/** Whether there is nothing to ask a request for, which is so of agents' where no tokens are set: seen at the least cost. */
function isUnasked({ tokens: { current }, hosts }: Guard, { headers }: IncomingMessage): boolean {
  return (
    (hosts === undefined || hosts.known.has(headers.host)) &&
    current.write.length === 0 &&
    current.read.length === 0 &&
    headers.origin === undefined &&
    headers['sec-fetch-site'] === undefined &&
    headers['x-forwarded-host'] === undefined
  );
}

function createKoa(router: Router, enter: Entrance, logger: Logger): Koa {
  const app = new Koa();
  app.use(async (context, next) => {
    const requestId = context.response.get('x-request-id');
    const isServed = await enter(context.res, requestId, next, () => matchedRoute(context));
    if (!isServed) context.respond = false;
  });
  app.use((context, next) => {
    const fault = encodingFault(context.path);
    if (fault !== undefined) throw new Problem(400, 'invalid-url', `The path ${fault}.`);
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

function matchedRoute({
  _matchedRoute: route,
}: Context & Pick<RouterContext, '_matchedRoute'>): string | undefined {
  return typeof route === 'string' ? route : undefined;
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

/** The caller went away, which is its own affair. */
function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && goneCodes.has(error.code);
}

const goneCodes = new Set<unknown>(['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE']);

/** The one place where errors of all rooms become answers. */
export function toProblem(error: unknown, retryAfter?: RetryAfter): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof UnavailableError) {
    const isOneOfMany = error.code === 'queue-full';
    return unavailable(
      error.message,
      error,
      isOneOfMany ? retryAfter?.secondsAt(performance.now()) : undefined,
    );
  }
  if (isTransient(error)) return unavailable('The database does not answer.', error);
  return new Problem(500, 'internal', 'The request failed for a reason that is in the log.', {
    cause: error,
  });
}

import Router, { type RouterContext } from '@koa/router';
import Koa, { type Context } from 'koa';

import type { Logger } from '../telemetry/logger.ts';
import { createEntrance, type Entrance, type Tokens } from './entrance.ts';
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
    void enter(request, response, requestId, () => {
      requireDatabase();
      return write(request, response, requestId);
    });
  };
}

function createKoa(router: Router, enter: Entrance, logger: Logger): Koa {
  const app = new Koa();
  app.use(async (context, next) => {
    const requestId = context.response.get('x-request-id');
    const isServed = await enter(context.req, context.res, requestId, next);
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

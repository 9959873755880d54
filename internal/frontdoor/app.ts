import { setImmediate as turnOfTheLoop } from 'node:timers/promises';

import Router, { type RouterContext } from '@koa/router';
import Koa, { type Context } from 'koa';

import type { Logger } from '../telemetry/logger.ts';
import { answerProblem } from './answer.ts';
import { createGuard, type Tokens } from './guards.ts';
import { Problem, unavailable } from './problem.ts';
import { createRequestIds } from './request-id.ts';
import type { FeatureRoutes } from './route.ts';
import { logProblem, toProblem } from './to-problem.ts';

export interface AppOptions {
  readonly features: readonly FeatureRoutes[];
  readonly tokens: Tokens;
  /** Why nothing that needs the database can be served yet, or undefined. */
  readonly notReady: () => string | undefined;
  readonly logger: Logger;
}

type Handler = (context: Context) => Promise<void>;

/** The Koa application: one way in for all requests, and one place that turns errors into answers. */
export function createApp({ features, tokens, notReady, logger }: AppOptions): Koa {
  const hot = new Map<string, Handler>(features.flatMap((feature) => Object.entries(feature.hot ?? {})));
  const requireDatabase = () => {
    const reason = notReady();
    if (reason !== undefined) throw unavailable(reason);
  };
  const router = createRouter(features, requireDatabase);
  const guard = createGuard(tokens, new Set(features.flatMap(({ openPaths }) => openPaths ?? [])));
  const requestId = createRequestIds();
  const logsAnswers = logger.isLevelEnabled('debug');

  const app = new Koa();
  app.use(async (context, next) => {
    const { req, res } = context;
    const id = requestId(req.headers['x-request-id']);
    res.setHeader('x-request-id', id);
    try {
      guard(req);
      const handler = hot.get(`${req.method ?? ''} ${req.url ?? ''}`);
      if (handler === undefined) {
        await next();
      } else {
        requireDatabase();
        await handler(context);
      }
      if (logsAnswers) {
        logger.debug({ requestId: id, method: req.method, url: req.url, status: res.statusCode }, 'answered');
      }
    } catch (error) {
      const problem = toProblem(error);
      logProblem(logger, problem, { requestId: id, method: req.method, url: req.url });
      // What was refused at once is still being parsed; once a short body is seen to its end, the connection can stay.
      if (!req.complete) await turnOfTheLoop();
      answerProblem(context, problem);
    }
  });
  app.use((context, next) => {
    requireDecodable(context.path);
    return next();
  });
  app.use(router.routes());
  app.use(refuseUnmatched);
  // What is thrown after the answer began; Koa itself would print it.
  app.on('error', (error: unknown) => logger.debug({ error }, 'answer not delivered'));
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

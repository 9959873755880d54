import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';

import type { Logger } from '../telemetry/logger.ts';
import { sendProblem } from './answer.ts';
import { createGuard, type Tokens } from './guards.ts';
import { logProblem, toProblem } from './to-problem.ts';

/**
 * What every request passes, whoever serves it: it passes the guard, and what is thrown becomes its answer. What `serve`
 * answers itself has the request's id among its headers. Never rejects; resolves to whether `serve` served it.
 */
export type Entrance = (
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  serve: () => Promise<unknown>,
) => Promise<boolean>;

/** `openPaths` need no token. */
export function createEntrance(tokens: Tokens, openPaths: readonly string[], logger: Logger): Entrance {
  const guard = createGuard(tokens, new Set(openPaths));
  const logsAnswers = logger.isLevelEnabled('debug');
  return async (request, response, requestId, serve) => {
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
      sendProblem(request, response, problem);
      return false;
    }
  };
}

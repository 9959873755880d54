import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';

import type { Logger } from '../telemetry/logger.ts';
import { sendProblem } from './answer.ts';
import { createGuard, type Tokens } from './guards.ts';
import { createRequestIds } from './request-id.ts';
import { logProblem, toProblem } from './to-problem.ts';

/**
 * What every request passes, whoever serves it: it gets its id, passes the guard, and what is thrown becomes its answer.
 * Never rejects; resolves to whether `serve` served it.
 */
export type Entrance = (
  request: IncomingMessage,
  response: ServerResponse,
  serve: () => Promise<unknown>,
) => Promise<boolean>;

/** `openPaths` need no token. */
export function createEntrance(tokens: Tokens, openPaths: readonly string[], logger: Logger): Entrance {
  const guard = createGuard(tokens, new Set(openPaths));
  const requestId = createRequestIds();
  const logsAnswers = logger.isLevelEnabled('debug');
  return async (request, response, serve) => {
    const id = requestId(request.headers['x-request-id']);
    response.setHeader('x-request-id', id);
    try {
      guard(request);
      await serve();
      if (logsAnswers) {
        const { method, url } = request;
        logger.debug({ requestId: id, method, url, status: response.statusCode }, 'answered');
      }
      return true;
    } catch (error) {
      const problem = toProblem(error);
      logProblem(logger, problem, { requestId: id, method: request.method, url: request.url });
      // What was refused at once is still being parsed; once a short body is seen to its end, the connection can stay.
      if (!request.complete) await turnOfTheLoop();
      sendProblem(request, response, problem);
      return false;
    }
  };
}

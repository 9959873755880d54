import type { AppOptions } from './app.ts';
import { rawProblem } from './answer.ts';
import { createGuard, refuseOtherOrigins, type Guarded } from './guards.ts';
import { Problem, unavailable } from './problem.ts';
import { createRequestIds } from './request-id.ts';
import type { Upgrade } from './route.ts';
import { logProblem, toProblem } from './to-problem.ts';

const TOKEN_PROTOCOL = /(?:^|[\s,])minikom\.token\.([\w-]+)/;

/**
 * Takes requests that ask for a WebSocket to the feature whose path it is, past Koa, which knows only requests that
 * are answered. What is refused is told in a plain HTTP answer.
 */
export function createUpgrade({ features, tokens, notReady, logger }: AppOptions): Upgrade {
  const handlers = new Map<string, Upgrade>(
    features.flatMap(({ upgrades }) => Object.entries(upgrades ?? {})),
  );
  const guard = createGuard(tokens);
  const requestId = createRequestIds();

  return (request, socket, head) => {
    const id = requestId(request.headers['x-request-id']);
    // The server has let go of the socket; without a listener, a lost connection would end the process.
    socket.on('error', () => socket.destroy());
    try {
      // Browsers let any page open any WebSocket, and read what it says.
      refuseOtherOrigins(request);
      guard(withTokenOfProtocol(request));
      const handler = handlers.get(request.url?.split('?', 1)[0] ?? '');
      if (handler === undefined) throw new Problem(404, 'not-found', 'There is no WebSocket here.');
      const reason = notReady();
      if (reason !== undefined) throw unavailable(reason);
      handler(request, socket, head);
    } catch (error) {
      const problem = toProblem(error);
      logProblem(logger, problem, { requestId: id, method: request.method, url: request.url });
      socket.end(rawProblem(problem, id), () => socket.destroy());
    }
  };
}

/**
 * A page cannot give a WebSocket an Authorization header, only names of protocols: its token comes as one of those,
 * `minikom.token.` and the token in base64url.
 */
function withTokenOfProtocol({ method, url, headers }: Guarded): Guarded {
  const encoded = TOKEN_PROTOCOL.exec(headers['sec-websocket-protocol'] ?? '')?.[1];
  if (encoded === undefined || headers.authorization !== undefined) return { method, url, headers };
  const token = Buffer.from(encoded, 'base64url').toString();
  return { method, url, headers: { ...headers, authorization: `Bearer ${token}` } };
}

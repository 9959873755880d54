import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';

import { isTransient } from '../database/sqlstate.ts';
import { UnavailableError } from '../shards/unavailable.ts';
import type { Logger } from '../telemetry/logger.ts';
import { sendProblem } from './answer.ts';
import { Problem, unavailable } from './problem.ts';

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

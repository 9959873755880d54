import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';

import type { Context } from 'koa';
import { z } from 'zod';

import { digestOf } from '../config/tokens.ts';
import { parseJson } from '../parsing/json.ts';
import { answerCompressed, answerJson } from './answer.ts';
import { readBody } from './bodies.ts';
import { Compressible } from './compressible.ts';
import type { Guard } from './guard.ts';
import { invalidRequest, Problem, unavailable } from './problem.ts';
import type { FeatureRoutes } from './route.ts';
import { newSession, sessionCookie } from './session.ts';

/** What tells how the process is; asked by orchestrators, with no token, and answered whatever else goes on. */
export const PROBE_PATHS = ['/health', '/ready'];

/**
 * `GET /health`: the process runs. `GET /ready`: it can do its work; `whyNotReady` resolves to the reason why it
 * cannot, or to undefined.
 */
export function probes(whyNotReady: () => Promise<string | undefined>): FeatureRoutes {
  return {
    servesWithoutDatabase: true,
    isIntrospection: true,
    openPaths: PROBE_PATHS,
    add(router) {
      router.get('/health', (context) => answerJson(context, '{"message":"alive"}'));
      router.get('/ready', async (context) => {
        const reason = await whyNotReady();
        if (reason !== undefined) throw unavailable(reason);
        answerJson(context, '{"message":"ready"}');
      });
    },
  };
}

// Compiled files lie in dist/internal/frontdoor/; the document is written by hand, in docs/.
const file = new URL('../../../docs/openapi.json', import.meta.url);

/** `GET /openapi.json`: the description of all endpoints, which are below `basePath`. Read once, at the start. */
export function openApi(basePath = ''): FeatureRoutes {
  const text = readFileSync(file, 'utf8');
  const document =
    basePath === ''
      ? text
      : JSON.stringify({ ...(JSON.parse(text) as object), servers: [{ url: basePath }] });
  const compressible = new Compressible(Buffer.from(document));
  return {
    servesWithoutDatabase: true,
    add(router) {
      router.get('/openapi.json', async (context) => {
        const compressed = await compressible.compressedFor(context);
        if (compressed === undefined) answerJson(context, document);
        else answerCompressed(context, compressed);
      });
    },
  };
}

/** Where sessions begin and end; needs no token. */
export const SESSION_PATH = '/session';
const MAX_TOKEN_BYTES = 4096;
const credentials = z.object({ token: z.string('must be a string') }, 'must be a JSON object');

/**
 * `POST /session`: a browser that knows a token is given a session, as a cookie; `DELETE /session`: it ends there.
 * `GET /session`: what the caller may do, so that a page knows whether to ask for a token. `now` is in unix seconds.
 */
export function sessions(guard: Guard, now: () => number, basePath = ''): FeatureRoutes {
  const rights = (request: Pick<IncomingMessage, 'headers'>) =>
    JSON.stringify({ may_read: guard.may(request, 'read'), may_write: guard.may(request, 'write') });
  const keep = (context: Context, session?: string) =>
    context.set('set-cookie', sessionCookie(session, guard.isSecure(context.req), `${basePath}/`));
  return {
    servesWithoutDatabase: true,
    openPaths: [SESSION_PATH],
    add(router) {
      router.get(SESSION_PATH, (context) => answerJson(context, rights(context.req)));
      router.post(SESSION_PATH, async (context) => {
        const read = credentials.safeParse(parseJson(await readBody(context.req, MAX_TOKEN_BYTES)));
        if (!read.success) {
          const faults = read.error.issues;
          throw invalidRequest(faults.map(({ path, message }) => ({ field: path.join('.'), message })));
        }
        const { token } = read.data;
        if (!guard.knows(token)) throw new Problem(401, 'unauthorized', 'This token is not known here.');
        keep(context, newSession(digestOf(token), now()));
        answerJson(context, rights({ headers: { 'x-api-key': token } }));
      });
      router.delete(SESSION_PATH, (context) => {
        keep(context);
        context.status = 204;
      });
    },
  };
}

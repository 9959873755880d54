import type { IncomingMessage } from 'node:http';

import type { Context } from 'koa';
import { z } from 'zod';

import { digestOf } from '../config/tokens.ts';
import { parseJson } from '../parsing/json.ts';
import { answerCompressed, answerJson, answerJsonBytes } from './answer.ts';
import { readBody } from './bodies.ts';
import { Compressible } from './compressible.ts';
import type { Guard } from './guard.ts';
import { answerOf, json, type Api } from './operation.ts';
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

/** `GET /openapi.json`: the description of all endpoints, as `describe` makes it for the first who asks. */
export function openApi(describe: () => Promise<object>): FeatureRoutes {
  let made: Promise<Compressible> | undefined;
  const make = async () => new Compressible(Buffer.from(JSON.stringify(await describe())));
  return {
    servesWithoutDatabase: true,
    add(router) {
      router.get('/openapi.json', async (context) => {
        const document = await (made ??= make());
        const compressed = await document.compressedFor(context);
        if (compressed === undefined) answerJsonBytes(context, document.bytes);
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

const rights = z.object({ may_read: z.boolean(), may_write: z.boolean() }).meta({ id: 'Rights' });
const exampleRights = { may_read: true, may_write: false };
const OTHER_ORIGIN = 'A page of another origin may not do this.';
const TOO_MANY = 'Not now: too many requests at once.';

export const ownApi: Api = {
  tag: 'Service',
  about: 'How the service is, what may be asked of it, and by whom.',
  operations: {
    'GET /health': {
      operationId: 'getHealth',
      summary: 'The process runs',
      open: 'to all',
      answers: {
        200: answerOf('It does, whatever the database does.', z.object({ message: z.literal('alive') }), {
          message: 'alive',
        }),
        503: TOO_MANY,
      },
    },
    'GET /ready': {
      operationId: 'getReady',
      summary: 'A report could be committed and read back',
      description:
        'Tried once a second at most, for all who ask: a row is committed, and what is pending is read. The detail of a 503 says what does not work. 200 again as soon as it does.',
      open: 'to all',
      answers: {
        200: answerOf('Able to work.', z.object({ message: z.literal('ready') }), { message: 'ready' }),
      },
    },
    'GET /openapi.json': {
      operationId: 'getOpenApi',
      summary: 'This document',
      answers: {
        200: answerOf(
          'OpenAPI 3.1.',
          z.looseObject({
            openapi: z.string().regex(/^3\.1\./),
            info: z.looseObject({}),
            paths: z.looseObject({}),
            components: z.looseObject({}),
          }),
        ),
        503: TOO_MANY,
      },
    },
    'GET /session': {
      operationId: 'getSession',
      summary: 'What the caller may do',
      open: 'to all',
      answers: {
        200: answerOf('By its token or its session; all that is open, too.', rights, exampleRights),
      },
    },
    'POST /session': {
      operationId: 'postSession',
      summary: 'Begin the session of a browser',
      description:
        'The session is a cookie that no script reads and that is sent to no page of elsewhere. It may do what the token may, for 30 days or until the token is taken out of the settings.',
      open: 'to all',
      body: json(credentials, { token: 'one-of-READ_TOKENS' }),
      answers: {
        200: {
          description: 'What the session may do.',
          content: json(rights, exampleRights),
          headers: z.object({
            'Set-Cookie': z
              .string()
              .describe('minikom_session, HttpOnly and SameSite=Strict; Secure over HTTPS.'),
          }),
        },
        400: 'The body is not valid.',
        401: 'The token is not known.',
        403: OTHER_ORIGIN,
        413: `The body is larger than ${MAX_TOKEN_BYTES} bytes.`,
      },
    },
    'DELETE /session': {
      operationId: 'deleteSession',
      summary: 'End the session of a browser',
      open: 'to all',
      answers: { 204: 'The cookie is taken back.', 403: OTHER_ORIGIN },
    },
  },
};

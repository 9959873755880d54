import { readFileSync } from 'node:fs';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';

import { z } from 'zod';

import type { AnswerTold, Api, Content, Operation } from './operation.ts';
import { MAX_LISTED_ERRORS } from './problem.ts';

// Compiled files lie in dist/internal/frontdoor/.
const packageFile = new URL('../../../package.json', import.meta.url);
const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(packageFile, 'utf8')));

const DESCRIPTION = `What state is each service in, since when, and what happened before? Reports form a set: order, repetition and replicas make no difference. All times are unix seconds where nothing else is said. A time in a query may be unix seconds, also with a fraction, or RFC 3339, from 1970 to 9999.

Any request may also be answered 400 (it is no valid HTTP, or its path or query no valid percent-encoding), 405 with \`Allow\`, 408, 417, 421 (\`ALLOWED_HOSTS\`), 431, or 500 for a reason that is in the log: each with a problem, as below.`;

const problem = z
  .object({
    type: z.string().meta({ format: 'uri' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z
      .array(z.object({ index: z.int().optional(), field: z.string(), message: z.string() }))
      .max(MAX_LISTED_ERRORS)
      .optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457.' });
const problemContent: Content = { 'application/problem+json': { schema: problem } };
const retryAfter = z.object({ 'Retry-After': z.int().describe('seconds') });
const RETRIED = [429, 503];

const securitySchemes = {
  token: {
    type: 'http',
    scheme: 'bearer',
    description: 'One of WRITE_TOKENS for writes, of READ_TOKENS for reads, where they are set.',
  },
  key: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'The same tokens in another header.' },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'minikom_session',
    description: 'Of a browser, by POST /session.',
  },
  badge: {
    type: 'apiKey',
    in: 'query',
    name: 'badge_token',
    description: 'One of BADGE_TOKENS, for images in other pages.',
  },
};
const security = [{}, { token: [] }, { key: [] }, { session: [] }];
const securityOf = {
  'to all': { security: [{}] },
  'to badges': { security: [...security, { badge: [] }] },
};

type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The OpenAPI 3.1 document of these rooms' routes, which are all below `basePath`. Others have their turn between operations: all
 * of them together take a tenth of a second.
 */
export async function documentOf(rooms: readonly Api[], basePath = ''): Promise<object> {
  const writer = new OperationWriter();
  const paths: Record<string, Record<string, object>> = {};
  for (const { tag, operations } of rooms) {
    for (const [route, operation] of Object.entries(operations)) {
      const [method = '', path = ''] = route.split(' ');
      (paths[path] ??= {})[method.toLowerCase()] = { tags: [tag], ...writer.write(method, operation) };
      await turnOfTheLoop();
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Minikom',
      version,
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: basePath || '/', description: 'The service that serves this document.' }],
    security,
    tags: rooms.map(({ tag, about }) => ({ name: tag, description: about })),
    paths,
    components: { securitySchemes, schemas: writer.schemas },
  };
}

/** Writes operations, and gathers the schemas that have a name, to which the others refer. */
class OperationWriter {
  readonly schemas: Record<string, unknown> = {};

  write(method: string, operation: Operation): object {
    const { operationId, summary, description, open, body } = operation;
    const parameters = [
      ...this.#parameters('path', operation.path),
      ...this.#parameters('query', operation.query),
      ...this.#parameters('header', operation.headers),
    ];
    const answers = { ...commonAnswers(method, operation), ...operation.answers };
    return {
      ...{ operationId, summary, description },
      ...(open && securityOf[open]),
      ...(parameters.length > 0 && { parameters }),
      ...(body && { requestBody: { required: true, content: this.#content(body) } }),
      responses: Object.fromEntries(
        Object.entries(answers).map(([status, told]) => [status, this.#answer(Number(status), told)]),
      ),
    };
  }

  #answer(status: number, told: AnswerTold): object {
    const { description, headers, content }: Exclude<AnswerTold, string> =
      typeof told === 'string'
        ? { description: told, ...(status >= 400 && { content: problemContent }) }
        : told;
    const fields = Object.entries(this.#fields(RETRIED.includes(status) ? retryAfter : headers));
    return {
      description,
      ...(fields.length > 0 && {
        headers: Object.fromEntries(
          fields.map(([name, { description: about, ...schema }]) => [name, { description: about, schema }]),
        ),
      }),
      ...(content && { content: this.#content(content) }),
    };
  }

  #content(content: Content): object {
    return Object.fromEntries(
      Object.entries(content).map(([type, { schema, ...example }]) => [
        type,
        { schema: this.#schema(schema), ...example },
      ]),
    );
  }

  #parameters(where: string, type: z.ZodType | undefined): object[] {
    const required = type === undefined ? [] : this.#schema(type).required;
    return Object.entries(this.#fields(type)).map(([name, { description, ...schema }]) => ({
      ...{ name, in: where, description },
      required: where === 'path' || (Array.isArray(required) && required.includes(name)),
      schema,
    }));
  }

  #fields(type: z.ZodType | undefined): Readonly<Record<string, JsonSchema>> {
    return type === undefined ? {} : (this.#schema(type).properties as Record<string, JsonSchema>);
  }

  #schema(type: z.ZodType): JsonSchema {
    const { $defs = {}, ...schema } = z.toJSONSchema(type, {
      io: 'input',
      unrepresentable: 'any',
      override: ({ zodSchema, jsonSchema }) => {
        const { def } = zodSchema._zod;
        // Zod leaves out what stands for a value that is not there where that is no text any more.
        if (def.type === 'default') jsonSchema.default = def.defaultValue;
        // That a whole number is one that JavaScript holds, and a key a text, goes without saying.
        if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) {
          delete jsonSchema.minimum;
          delete jsonSchema.maximum;
        }
        if (def.type === 'record') delete jsonSchema.propertyNames;
      },
    });
    for (const [name, definition] of Object.entries($defs)) this.schemas[name] = withReferences(definition);
    delete schema.$schema;
    return withReferences(schema);
  }
}

function withReferences(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as JsonSchema;
}

/** What the front door may answer to any such request, whatever the route does. */
function commonAnswers(
  method: string,
  { open, path, query, headers, body }: Operation,
): Record<number, string> {
  const isWrite = method !== 'GET';
  const wrong =
    body !== undefined
      ? 'The body or a field is wrong; nothing was stored.'
      : query !== undefined || headers !== undefined
        ? 'The path or a parameter is wrong; errors names it.'
        : path !== undefined
          ? 'The path is not valid percent-encoding.'
          : 'This is not a valid HTTP request, such as one without a Host.';
  return {
    400: wrong,
    ...(open !== 'to all' && { 401: `A ${isWrite ? 'write' : 'read'} token is needed.` }),
    ...(isWrite && { 403: 'A browser page of another origin may not write.' }),
    ...(body && {
      413: 'Larger than MAX_BODY_BYTES, decompressed.',
      415: 'multipart, or an unknown Content-Encoding.',
    }),
    ...(isWrite && {
      429: 'More was sent than RATE_LIMIT_EVENTS_PER_SECOND or RATE_LIMIT_BYTES_PER_SECOND allow one caller.',
    }),
    503: 'Not now: busy, stopping, or the database is away. Sending the same again is safe.',
  };
}

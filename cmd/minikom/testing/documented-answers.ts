import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

import { Answer } from '../../../internal/frontdoor/answer.ts';
import { ndjsonTypes } from '../../../internal/frontdoor/bodies.ts';
import { describe } from '../../../internal/processes/describe.ts';
import { parseInstant } from '../../../internal/time/instant.ts';
import { features } from '../features.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;
type Content = Readonly<Record<string, { readonly schema: JsonSchema; readonly example?: unknown }>>;

/** An operation of the document, as far as tests look at it. */
export interface DocumentedOperation {
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly schema: { readonly examples?: readonly unknown[] };
  }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Content; readonly headers?: object }>
  >;
}

/** The document, as far as tests look at it. */
export interface OpenApiDocument {
  readonly info: { readonly version: string };
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

/** What `GET /openapi.json` answers. */
export const document = JSON.parse(JSON.stringify(await describe(features))) as OpenApiDocument;

// What is answered ahead of any route; the description of the document tells of them.
const ofAnyRequest = new Set([400, 405, 408, 417, 421, 431, 500]);
const MOST_BYTES = 1_048_576;

const ajv = new Ajv2020({
  allowUnionTypes: true,
  formats: {
    uuid: /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/,
    uri: (text: string) => URL.canParse(text),
    'date-time': (text: string) => parseInstant(text) !== undefined,
  },
});
const compiled = new Map<JsonSchema, ValidateFunction>();

/** What is wrong with a value by a schema of the document, or undefined. Objects of answers hold nothing that is not told. */
export function schemaFault(schema: JsonSchema, value: unknown, kind: 'body' | 'answer'): string | undefined {
  let validate = compiled.get(schema);
  if (validate === undefined) {
    const whole = { ...schema, $defs: document.components.schemas };
    const local = JSON.stringify(whole).replaceAll('#/components/schemas/', '#/$defs/');
    validate = ajv.compile(JSON.parse(local, kind === 'answer' ? closed : undefined) as JsonSchema);
    compiled.set(schema, validate);
  }
  return validate(value) ? undefined : ajv.errorsText(validate.errors);
}

function closed(_: string, node: unknown): unknown {
  const isOpen = typeof node === 'object' && node !== null && 'type' in node && 'properties' in node;
  return isOpen && !('additionalProperties' in node) ? { ...node, additionalProperties: false } : node;
}

/** What is not in the document of an answer to such a request, or undefined. */
export function answerFault(
  { method = '', path }: { readonly method?: string | undefined; readonly path: string },
  answer: { readonly status: number; readonly type: string; readonly text: string | undefined },
): string | undefined {
  const operation = operationOf(method, path);
  // Such as a path that nobody serves: 404.
  if (operation === undefined) return undefined;
  const told = operation.responses[answer.status];
  if (told === undefined && !ofAnyRequest.has(answer.status)) return 'this status is not told of';
  const { content } = told ?? operation.responses['503'] ?? {};
  if (answer.text === '') return undefined;
  const type = ndjsonTypes.includes(answer.type) ? 'application/x-ndjson' : answer.type;
  const schema = content?.[type]?.schema;
  if (schema === undefined) return `${type} is not told of`;
  if (answer.text === undefined || !type.endsWith('json') || type.endsWith('ndjson')) return undefined;
  return schemaFault(schema, JSON.parse(answer.text), 'answer');
}

const routes = Object.entries(document.paths)
  .map(([path, operations]) => {
    const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/{\w+}/g, '[^/]+')}$`);
    return { pattern, operations, isFixed: !path.includes('{') };
  })
  .sort((a, b) => Number(b.isFixed) - Number(a.isFixed));

function operationOf(method: string, path: string): DocumentedOperation | undefined {
  return routes.find(({ pattern }) => pattern.test(path))?.operations[method.toLowerCase()];
}

/** A service whose answers are held against the document. */
interface Watched {
  readonly basePath: string;
  readonly faults: string[];
}

const watched = new Map<number, Watched>();
const bodies = new WeakMap<Answer, Buffer[]>();

/** From now on all answers of the service on this port are held against the document; returns what ends that, and throws for what was wrong. */
export function watchAnswers(port: number, basePath: string): () => void {
  const faults: string[] = [];
  watched.set(port, { basePath, faults });
  return () => {
    watched.delete(port);
    if (faults.length > 0) throw new Error(`not in the OpenAPI document: ${faults.slice(0, 5).join('; ')}`);
  };
}

// All that is answered passes here, whoever asks: fetch, browsers, bytes on a socket.
for (const name of ['write', 'end'] as const) {
  const original: unknown = Reflect.get(Answer.prototype, name);
  if (typeof original !== 'function') throw new Error(`an answer has no ${name}`);
  Object.defineProperty(Answer.prototype, name, {
    value(this: Answer, ...args: unknown[]): unknown {
      const service = watched.get(this.req.socket.localPort ?? 0);
      if (service !== undefined) keep(this, args[0]);
      const result: unknown = Reflect.apply(original, this, args);
      if (service !== undefined && name === 'end') look(this, service);
      return result;
    },
  });
}

function keep(answer: Answer, chunk: unknown): void {
  const chunks = bodies.get(answer) ?? [];
  bodies.set(answer, chunks);
  if (typeof chunk === 'string') chunks.push(Buffer.from(chunk));
  else if (Buffer.isBuffer(chunk)) chunks.push(chunk);
}

function look(answer: Answer, { basePath, faults }: Watched): void {
  const { method, url = '' } = answer.req;
  const [whole = ''] = url.split('?', 1);
  if (method === 'HEAD' || !whole.startsWith(basePath)) return;
  const chunks = bodies.get(answer) ?? [];
  const isLarge = chunks.reduce((sum, { length }) => sum + length, 0) > MOST_BYTES;
  const isText = !isLarge && answer.getHeader('content-encoding') === undefined;
  const [type = ''] = typeOf(answer).split(';', 1);
  const text = isText ? Buffer.concat(chunks).toString() : undefined;
  const path = whole.slice(basePath.length);
  const fault = answerFault({ method, path }, { status: answer.statusCode, type, text });
  if (fault !== undefined) faults.push(`${method ?? ''} ${path} ${answer.statusCode}: ${fault}`);
}

/** Headers that were given all at once, ahead of Koa, can only be found in what is sent. */
function typeOf(answer: Answer): string {
  const header = answer.getHeader('content-type');
  if (typeof header === 'string') return header;
  const [, sent = ''] = /^content-type: *(.*)\r$/im.exec(String(Reflect.get(answer, '_header'))) ?? [];
  return sent;
}

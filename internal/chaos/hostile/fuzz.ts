import { z } from 'zod';

import { Connection, type Failure } from '../../loadtest/connection.ts';
import type { Answer } from '../../loadtest/answer-parser.ts';
import { randomBetween, randomOf } from '../../program/random.ts';
import type { Target } from './attack.ts';

const parameter = z.looseObject({ name: z.string(), in: z.string() });
const operation = z.looseObject({
  parameters: z.array(z.unknown()).optional(),
  requestBody: z
    .looseObject({ content: z.record(z.string(), z.looseObject({ example: z.unknown() })) })
    .optional(),
});
const document = z.looseObject({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });

/** One operation of the service, as its OpenAPI document tells it. */
interface Route {
  readonly path: string;
  readonly method: string;
  readonly query: readonly string[];
  readonly body: unknown;
}

const ODD_TEXTS = [
  '',
  '0',
  '-1',
  '1e400',
  'NaN',
  'null',
  '9999-12-31T23:59:59.999999Z',
  '0000-01-01T00:00:00Z',
  '-0001-01-01T00:00:00Z',
  '1700000000',
  '1700000000000',
  '9007199254740993',
  '%00',
  '%',
  '%C3%28',
  '%2e%2e',
  '..',
  '../..',
  '%0d%0aX:%20y',
  'a%2Fb',
  '__proto__',
  'constructor',
  'na%C3%AFve%20%E2%98%82',
  '%F0%9F%92%A9',
  "';drop%20table%20services;--",
  'true',
  'x'.repeat(300),
  'WyJyZWNvcmQgMSIsMV0',
];
const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  1_700_000_000_000,
  2 ** 53 + 2,
  '',
  '\0',
  '\ud800',
  '2026-02-30T00:00:00Z',
  '9999-12-31T23:59:60Z',
  'x'.repeat(300),
  [],
  {},
  [[[[]]]],
  { toString: 1, __proto__: null },
];
const ENCODINGS = ['gzip', 'deflate', 'br', 'identity', 'nonsense'];
const TYPES = ['application/json', 'application/x-ndjson', 'text/plain', 'multipart/form-data', ''];
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'];
const CONNECTIONS = 8;
const ANSWER_TIMEOUT_MS = 20_000;
const SHOWN = 200;

/**
 * Sends so many requests, made from the seed, to all routes of the service's own OpenAPI document: valid ones of which
 * a part is something else. Tells of every answer of 5xx but 503, and of requests that are not answered.
 */
export async function fuzz(
  { host, port }: Target,
  seed: number,
  requests: number,
  complain: (problem: string) => void,
): Promise<void> {
  const random = randomOf(seed);
  const response = await fetch(`http://${host}:${port}/openapi.json`);
  const routes = routesOf(document.parse(await response.json()));
  let left = requests;
  const send = async (): Promise<void> => {
    const connection = new Connection({ host, port }, ANSWER_TIMEOUT_MS);
    while (left-- > 0) {
      const bytes = requestOf(routes[randomBetween(random, 0, routes.length - 1)], random);
      const outcome = await new Promise<Answer | Failure>((resolve) => connection.send(bytes, resolve));
      const shown = () => JSON.stringify(bytes.toString('latin1', 0, SHOWN));
      if ('failure' in outcome) {
        if (outcome.failure === 'timeout' || outcome.failure === 'refused') {
          complain(`${outcome.failure} of ${shown()}, seed ${seed}`);
        }
      } else if (outcome.status >= 500 && outcome.status !== 503) {
        complain(`${outcome.status} for ${shown()}, seed ${seed}`);
      }
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, send));
}

function routesOf({ paths }: z.output<typeof document>): Route[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, described]) => {
      const { success, data } = operation.safeParse(described);
      if (!success || !METHODS.includes(method.toUpperCase())) return [];
      const query = (data.parameters ?? []).flatMap((one) => {
        const parsed = parameter.safeParse(one);
        return parsed.success && parsed.data.in === 'query' ? [parsed.data.name] : [];
      });
      return [
        {
          path,
          method: method.toUpperCase(),
          query,
          body: data.requestBody?.content['application/json']?.example,
        },
      ];
    }),
  );
}

function requestOf(route: Route | undefined, random: () => number): Buffer {
  if (route === undefined) throw new Error('the document has no routes');
  const one = <T>(list: readonly T[]): T | undefined => list[randomBetween(random, 0, list.length - 1)];
  const path = route.path.replaceAll(/\{\w+\}/g, () => (random() < 0.3 ? 'web' : (one(ODD_TEXTS) ?? '')));
  const query = route.query
    .filter(() => random() < 0.4)
    .map((name) => `${name}=${one(ODD_TEXTS)}`)
    .join('&');
  const method = random() < 0.05 ? one(METHODS) : route.method;
  const headers = [`Host: localhost`];
  if (random() < 0.1) headers.push(`Content-Encoding: ${one(ENCODINGS)}`);
  if (random() < 0.3) headers.push(`Content-Type: ${one(TYPES)}`);
  if (random() < 0.1) headers.push(`Accept: ${one(['application/x-ndjson', '*/*', ';;', 'text/html;q=x'])}`);
  if (random() < 0.1) headers.push(`Idempotency-Key: ${one(['"k"', '', 'x'.repeat(300), '"a b"', '\xff'])}`);
  if (random() < 0.05) headers.push(`Authorization: ${one(['Bearer', 'Bearer  x', 'Basic eA=='])}`);
  if (random() < 0.05) headers.push(`X-Request-Id: ${one(['a', 'x'.repeat(500), '{}', '\x7f'])}`);
  // HEAD has no body, and its answer neither, though it has a length: our parser would wait for that.
  const isHead = method === 'HEAD';
  const body = isHead || route.body === undefined ? Buffer.alloc(0) : bodyOf(route.body, random);
  headers.push(`Content-Length: ${body.length}`);
  const target = query === '' ? path : `${path}?${query}`;
  const start = `${isHead ? 'GET' : method} ${target.startsWith('/') ? target : `/${target}`} HTTP/1.1`;
  return Buffer.concat([Buffer.from([start, ...headers, '', ''].join('\r\n'), 'latin1'), body]);
}

/** The example with something in it changed, or its text, or neither. */
function bodyOf(example: unknown, random: () => number): Buffer {
  const kind = random();
  const text = JSON.stringify(kind < 0.7 ? changed(example, random) : example);
  if (kind < 0.8) return Buffer.from(text);
  const bytes = Buffer.from(text);
  if (kind < 0.9) return bytes.subarray(0, randomBetween(random, 0, bytes.length));
  for (let flips = randomBetween(random, 1, 5); flips > 0; flips--) {
    bytes[randomBetween(random, 0, bytes.length - 1)] = randomBetween(random, 0, 255);
  }
  return bytes;
}

function changed(value: unknown, random: () => number): unknown {
  if (random() < 0.15) return ODD_VALUES[randomBetween(random, 0, ODD_VALUES.length - 1)];
  if (Array.isArray(value)) {
    const items = value.map((item) => changed(item, random));
    return random() < 0.1 ? [...items, ...items] : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(() => random() > 0.05)
      .map(([key, one]) => [random() < 0.03 ? '__proto__' : key, changed(one, random)]),
  );
}

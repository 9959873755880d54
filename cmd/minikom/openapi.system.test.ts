import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import {
  answerFault,
  document,
  schemaFault,
  type DocumentedOperation,
} from './testing/documented-answers.ts';
import { useTestService } from './testing/start-test-service.ts';

const project = fileURLToPath(new URL('../../../', import.meta.url));
// Each example is this old by then.
const NOW = Date.UTC(2026, 5, 1) / 1000;
// The one of the example of POST /session, which may do everything here.
const TOKEN = 'one-of-READ_TOKENS';

interface Example extends DocumentedOperation {
  readonly method: string;
  readonly path: string;
}

const operations: readonly Example[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    ...operation,
    method: method.toUpperCase(),
    path,
  })),
);

describe('the OpenAPI document', () => {
  const service = useTestService({
    environment: { READ_TOKENS: TOKEN, WRITE_TOKENS: TOKEN, CHECK_TARGETS: 'web=http://127.0.0.1:1' },
    now: () => NOW,
  });

  const ask = (
    path: string,
    { headers = {}, ...init }: { method?: string; body?: string; headers?: Record<string, string> } = {},
  ) => fetch(service.url + path, { ...init, headers: { 'x-api-key': TOKEN, ...headers } });

  /** The id of one of those that a path lists: they are no example's. */
  const anyOf = async (path: string) => {
    const list = (await (await ask(path.replace('/{id}', ''))).json()) as Record<string, unknown>;
    const [all] = Object.values(list) as { id: number | string }[][];
    return String(all?.[0]?.id);
  };

  it('is served', async () => {
    const answer = await ask('/openapi.json');
    expect(await answer.json()).to.deep.equal(document);
  });

  it('is compressed for who takes that, and the same', async () => {
    for (const [accepted, encoding] of [
      ['gzip, deflate', 'gzip'],
      ['identity', null],
    ] as const) {
      const answer = await ask('/openapi.json', { headers: { 'accept-encoding': accepted } });
      expect(answer.headers.get('content-encoding')).to.equal(encoding);
      expect(answer.headers.get('vary')).to.equal('Accept-Encoding');
      expect(await answer.json()).to.deep.equal(document);
    }
  });

  it('is of the version of the program', () => {
    const { version } = JSON.parse(readFileSync(`${project}/package.json`, 'utf8')) as { version: string };
    expect(document.info.version).to.equal(version);
  });

  it('says where the service is, and what the probes answer', () => {
    expect(document.servers.map(({ url }) => url)).to.include('/');
    for (const path of ['/health', '/ready', '/openapi.json']) {
      expect(document.paths[path]?.get?.responses['200']).to.have.nested.property(
        'content.application/json.schema.required',
      );
    }
  });

  it('tells of every route', () => {
    const told = new Set(operations.map(({ method, path }) => `${method} ${path}`));
    const registered = readdirSync(`${project}/internal`, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .flatMap((file) => [
        ...readFileSync(`${project}/internal/${file}`, 'utf8').matchAll(
          /router\.(get|post|put|delete)\(\s*'([^']+)'/g,
        ),
      ])
      .map(([, method = '', path = '']) => `${method.toUpperCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    expect(registered.length).to.be.above(30);
    const ofPages = ['GET /favicon.svg', 'GET /assets/{name}'];
    expect(registered.filter((route) => !told.has(route))).to.have.members(ofPages);
  });

  it('tells of no more than docs/api.md names', () => {
    const page = readFileSync(`${project}/docs/api.md`, 'utf8');
    const named = new Set(
      Array.from(
        page.matchAll(/`(GET|POST|PUT|DELETE) ([^`?]+)[^`]*`/g),
        ([, method = '', path = '']) => `${method} ${path.trim()}`,
      ),
    );
    const told = operations.map(({ method, path }) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`);
    expect(told.filter((route) => !named.has(route))).to.deep.equal([]);
  });

  it('knows the examples of its own answers', () => {
    for (const { method, path, responses } of operations) {
      for (const [status, { content = {} }] of Object.entries(responses)) {
        for (const [type, { schema, example }] of Object.entries(content)) {
          if (example === undefined) continue;
          expect(schemaFault(schema, example, 'answer'), `${method} ${path} ${status} ${type}`).to.equal(
            undefined,
          );
        }
      }
    }
  });

  it('tells an answer that it does not know from one that it does', () => {
    const request = { method: 'GET', path: '/services/a%2Fb' };
    const json = (status: number, value: unknown) =>
      answerFault(request, { status, type: 'application/json', text: JSON.stringify(value) });
    const service = { name: 'a', state: 'idle', since: 1, gap_seconds: 2 };
    expect(json(200, service)).to.equal(undefined);
    expect(json(200, { ...service, since: 'x' })).to.include('since');
    expect(json(200, { ...service, more: 1 })).to.include('additional');
    expect(json(418, service)).to.include('status');
    expect(answerFault(request, { status: 200, type: 'text/plain', text: 'x' })).to.include('text/plain');
  });

  for (const { method, path, requestBody, responses } of operations) {
    for (const [type, { schema, example }] of Object.entries(requestBody?.content ?? {})) {
      it(`has an example that ${method} ${path} takes as ${type}`, async () => {
        const isText = typeof example === 'string';
        if (!isText) expect(schemaFault(schema, example, 'body')).to.equal(undefined);
        const body = isText ? example : JSON.stringify(example);
        const answer = await ask(path.replace(/{\w+}/, 'web'), {
          method,
          body,
          headers: { 'content-type': type },
        });
        expect(answer.status, await answer.text()).to.equal('201' in responses ? 201 : 200);
      });
    }
  }

  for (const { method, path, parameters = [], requestBody, responses } of operations) {
    if (requestBody !== undefined) continue;
    it(`has ${method} ${path} answered as it says`, async () => {
      const query = new URLSearchParams();
      let asked = path;
      for (const { name, in: where, required, schema } of parameters) {
        const [example] = [schema.examples?.[0]].flat();
        const value = name === 'id' ? await anyOf(path) : String(example);
        if (where === 'path') asked = asked.replace(`{${name}}`, value);
        else if (required) query.set(name, String(example));
      }
      const answer = await ask(`${asked}?${query.toString()}`, { method });
      const [expected] = Object.keys(responses).filter((status) => status !== '101');
      expect(answer.status, await answer.text()).to.equal(path === '/live' ? 426 : Number(expected));
    });
  }

  for (const [path, methods] of Object.entries(document.paths)) {
    it(`names the methods that ${path} takes`, async () => {
      const answer = await ask(path.replace(/{\w+}/, '1'), { method: 'OPTIONS' });
      const allowed = (answer.headers.get('allow') ?? '').split(', ').filter((method) => method !== 'HEAD');
      expect(allowed).to.have.members(Object.keys(methods).map((method) => method.toUpperCase()));
    });

    it(`says that each method of ${path} may be refused for now`, () => {
      for (const { responses } of Object.values(methods)) expect(responses).to.have.property('503');
    });
  }
});

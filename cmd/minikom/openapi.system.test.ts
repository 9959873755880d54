import { readFileSync } from 'node:fs';

import { expect } from 'chai';

import { startTestService, type TestService } from './testing/start-test-service.ts';

interface Operation {
  readonly responses: Readonly<Record<string, unknown>>;
}

interface OpenApiDocument {
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const file = new URL('../../../docs/openapi.json', import.meta.url);
const document = JSON.parse(readFileSync(file, 'utf8')) as OpenApiDocument;

describe('the OpenAPI document', () => {
  let service: TestService;

  before(async () => {
    service = await startTestService();
  });

  after(() => service.stop());

  it('is served', async () => {
    const answer = await fetch(`${service.url}/openapi.json`);
    expect(await answer.json()).to.deep.equal(document);
  });

  it('is compressed for who takes that, and the same', async () => {
    for (const [accepted, encoding] of [
      ['gzip, deflate', 'gzip'],
      ['identity', null],
    ] as const) {
      const answer = await fetch(`${service.url}/openapi.json`, { headers: { 'accept-encoding': accepted } });
      expect(answer.headers.get('content-encoding')).to.equal(encoding);
      expect(answer.headers.get('vary')).to.equal('Accept-Encoding');
      expect(await answer.json()).to.deep.equal(document);
    }
  });

  it('says where the service is, and what the probes answer', () => {
    expect(document.servers.map(({ url }) => url)).to.include('/');
    for (const path of ['/health', '/ready', '/openapi.json']) {
      expect(document.paths[path]?.get?.responses['200']).to.have.nested.property(
        'content.application/json.schema.required',
      );
    }
  });

  for (const [path, operations] of Object.entries(document.paths)) {
    it(`names the methods that ${path} takes`, async () => {
      const answer = await fetch(service.url + path.replace(/{\w+}/, '1'), { method: 'OPTIONS' });
      const methods = (answer.headers.get('allow') ?? '').split(', ').filter((method) => method !== 'HEAD');
      expect(methods).to.have.members(Object.keys(operations).map((method) => method.toUpperCase()));
    });

    it(`says that each method of ${path} may be refused for now`, () => {
      for (const { responses } of Object.values(operations)) expect(responses).to.have.property('503');
    });
  }
});

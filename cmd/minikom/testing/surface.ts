import { expect } from 'chai';
import pg from 'pg';

import { emptyServices, settleAll } from '../../../internal/testing/services-database.ts';
import { send, type Answer, type WireRequest } from '../../../internal/testing/wire.ts';
import { runningService, startTestService, type TestService } from './start-test-service.ts';

/** The service's clock in these tests, in unix seconds; of one that runs already, the machine's as they begin. */
export const NOW = runningService() === undefined ? 1_700_000_000 : Math.floor(Date.now() / 1000);

/** A service as a caller sees it, and its tables as nobody else does. */
export interface Surface {
  readonly url: string;
  readonly port: string;
  /** The clock; starts at {@link NOW} for each test. */
  nowSeconds: number;
  send(request: WireRequest): Promise<Answer>;
  /** Sends to `POST /event`; what is not text or bytes is sent as JSON. */
  postEvent(body: unknown, headers?: WireRequest['headers']): Promise<Answer>;
  /** Expects that nothing is stored but the one report that each test starts with, and that writes still work. */
  expectUntouched(): Promise<void>;
}

const KNOWN = { service_name: 'known', state: 'deploy', timestamp: NOW - 5 };

/** What all requests of a surface share. */
export interface Shared {
  readonly headers?: WireRequest['headers'];
  /** The path that `POST /event` is below. */
  readonly basePath?: string;
}

/** Starts a service for the tests of the surrounding `describe`; each starts with one known report. */
export function useSurface(environment: Readonly<Record<string, string>> = {}, more: Shared = {}): Surface {
  let service: TestService;
  let database: pg.Pool;

  before(async () => {
    const isPlain = Object.keys(environment).length === 0;
    service =
      (isPlain ? runningService() : undefined) ??
      (await startTestService({ environment, now: () => surface.nowSeconds }));
    database = new pg.Pool({ connectionString: service.connectionString, max: 2 });
  });

  after(async () => {
    await database.end();
    await service.stop();
  });

  beforeEach(async () => {
    surface.nowSeconds = NOW;
    await emptyServices(database);
    expect((await surface.postEvent(KNOWN)).status).to.equal(200);
  });

  const surface: Surface = {
    nowSeconds: NOW,
    get url() {
      return service.url;
    },
    get port() {
      return new URL(service.url).port;
    },
    send: (request) => send(service.url, { ...request, headers: { ...more.headers, ...request.headers } }),
    postEvent: (body, headers = {}) =>
      surface.send({
        method: 'POST',
        path: `${more.basePath ?? ''}/event`,
        headers,
        body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
      }),
    async expectUntouched() {
      // The same report again changes nothing: reports are a set.
      expect((await surface.postEvent(KNOWN)).status).to.equal(200);
      const services = await surface.send({ path: '/services' });
      expect(services.text).to.equal(`{"known":{"state":"deploy","since":${NOW - 5}}}`);
      await settleAll(database);
      const stored = await database.query(
        'select service_name, (select count(*)::int from observations) as hours from services',
      );
      expect(stored.rows).to.deep.equal([{ service_name: 'known', hours: 1 }]);
    },
  };
  return surface;
}

/** The members of an `application/problem+json` answer. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
}

/** Expects a complete problem answer and returns its body. `code` is the end of its `type`. */
export function expectProblem(answer: Answer | undefined, status: number, code: string): ProblemBody {
  expect(answer?.status, answer?.text).to.equal(status);
  expect(answer?.headers['content-type']).to.match(/^application\/problem\+json\b/);
  expect(answer?.headers['x-request-id']).to.match(/^[\w.:-]{1,128}$/);
  const problem = JSON.parse(answer?.text ?? '') as ProblemBody;
  expect(problem).to.include({ type: `urn:minikom:problem:${code}`, status });
  expect(problem.title).to.be.a('string').and.not.equal('');
  expect(problem.detail).to.be.a('string').and.not.equal('');
  expect(answer?.text, 'neither stack nor SQL nor path').to.not.match(
    /\bat .*:\d+:\d+|\bselect\b|file:\/\/|node_modules|\.[jt]s:\d/,
  );
  return problem;
}

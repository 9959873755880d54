import { expect } from 'chai';
import pg from 'pg';

import { emptyTables, settleAll, tablesOfServices } from '../../../internal/testing/services-database.ts';
import type { Answer, Asked, WireRequest } from '../../../internal/testing/wire.ts';
import { post } from './asking.ts';
import { runningService, startTestService, type TestService } from './start-test-service.ts';

/** The service's clock as each test begins, in unix seconds; of one that runs already, the machine's as they begin. */
export const NOW = runningService() === undefined ? 1_700_000_000 : Math.floor(Date.now() / 1000);

export interface ServiceOptions {
  /** Configuration variables on top of the defaults. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What all requests carry. */
  readonly headers?: WireRequest['headers'];
  /** What is emptied before each test. */
  readonly tables?: readonly string[];
  /** The clock as each test begins; {@link NOW} where nothing else is said. */
  readonly nowSeconds?: number;
}

/** A service as a caller sees it, and its database as nobody else does. */
export interface UsedService extends Asked {
  readonly url: string;
  readonly port: string;
  readonly database: pg.Pool;
  /** The clock; starts anew for each test. */
  nowSeconds: number;
}

/** Starts a service for the tests of the surrounding `describe`; without settings, that may be one that runs already. */
export function useService({
  environment = {},
  headers = {},
  tables = tablesOfServices,
  nowSeconds = NOW,
}: ServiceOptions = {}): UsedService {
  let started: TestService;
  let database: pg.Pool;

  before(async () => {
    const isPlain = Object.keys(environment).length === 0;
    started =
      (isPlain ? runningService() : undefined) ??
      (await startTestService({ environment, now: () => service.nowSeconds }));
    database = new pg.Pool({ connectionString: started.connectionString, max: 2 });
  });

  after(async () => {
    await database.end();
    await started.stop();
  });

  beforeEach(async () => {
    service.nowSeconds = nowSeconds;
    await emptyTables(database, tables);
  });

  const service: UsedService = {
    nowSeconds,
    get url() {
      return started.url;
    },
    get port() {
      return new URL(started.url).port;
    },
    get database() {
      return database;
    },
    send: (request) => started.send({ ...request, headers: { ...headers, ...request.headers } }),
  };
  return service;
}

/** A service that knows one report, and can be asked whether it still knows that one alone. */
export interface KnownService extends UsedService {
  /** Sends to `POST /event`. */
  postEvent(body: unknown, headers?: Parameters<typeof post>[3]): Promise<Answer>;
  /** Expects that nothing is stored but the one report that each test starts with, and that writes still work. */
  expectUntouched(): Promise<void>;
}

const KNOWN = { service_name: 'known', state: 'deploy', timestamp: NOW - 5 };

/** Starts a service for the tests of the surrounding `describe`; each starts with one known report. */
export function useKnownService(options: ServiceOptions = {}): KnownService {
  const service = useService(options);
  const path = `${options.environment?.BASE_PATH ?? ''}/event`;

  const postKnown = async (): Promise<void> => {
    expect((await post(service, path, KNOWN)).status).to.equal(200);
  };
  beforeEach(postKnown);

  return Object.assign(service, {
    postEvent: (...[body, headers]: Parameters<KnownService['postEvent']>) =>
      post(service, path, body, headers),
    async expectUntouched() {
      // The same report again changes nothing: reports are a set.
      await postKnown();
      const services = await service.send({ path: '/services' });
      expect(services.text).to.equal(`{"known":{"state":"deploy","since":${NOW - 5}}}`);
      await settleAll(service.database);
      const stored = await service.database.query(
        'select service_name, (select count(*)::int from observations) as hours from services',
      );
      expect(stored.rows).to.deep.equal([{ service_name: 'known', hours: 1 }]);
    },
  });
}

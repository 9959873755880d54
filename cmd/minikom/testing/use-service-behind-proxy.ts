import pg from 'pg';

import { TcpProxy } from '../../../internal/chaos/tcp-proxy.ts';
import { createTestDatabase, type TestDatabase } from '../../../internal/testing/shared-postgres.ts';
import type { Asked } from '../../../internal/testing/wire.ts';
import { startTestService, type TestService } from './start-test-service.ts';
import { NOW } from './use-service.ts';

type Environment = Readonly<Record<string, string>>;

/** A service whose database may be lost, on a database of its own. */
export interface ServiceBehindProxy extends Asked {
  readonly url: string;
  /** What stands between the service and its database. */
  readonly proxy: TcpProxy;
  /** The database past the proxy, by one connection: what that locks stays locked until it says otherwise. */
  readonly database: pg.Client;
  /** The clock of all services on the database, unless they were given another. */
  nowSeconds: number;
  stop(): Promise<void>;
  /** Stops it, unless that was done, and starts it with these variables on top of its own. */
  restart(more?: Environment): Promise<void>;
  /** Starts another on the database, past the proxy; it stops with the first at the latest. */
  startAnother(environment?: Environment): Promise<TestService>;
}

/** For tests that wait for no batch to be given up: there a slow disk is no fault. */
export const patient = { FLUSH_TIMEOUT_MS: '60000' };

export interface BehindProxyOptions {
  /** Configuration variables on top of the defaults, read at each start. */
  readonly environment?: Environment;
  /** Where the clock starts. */
  readonly nowSeconds?: number;
  /** Another clock, in unix seconds. */
  readonly now?: () => number;
  /** Whether all tests share one; otherwise each has its own. */
  readonly isShared?: boolean;
}

/** Starts a service behind a proxy for the tests of the surrounding `describe`. */
export function useServiceBehindProxy({
  environment = {},
  nowSeconds = NOW,
  now,
  isShared = false,
}: BehindProxyOptions = {}): ServiceBehindProxy {
  let own: TestDatabase;
  let proxy: TcpProxy;
  let database: pg.Client;
  let started: TestService;
  let all: TestService[];

  const start = async (settings: Environment): Promise<TestService> => {
    const one = await startTestService({
      database: own,
      environment: settings,
      now: now ?? (() => service.nowSeconds),
    });
    all.push(one);
    return one;
  };
  const startBehind = async (more: Environment): Promise<void> => {
    started = await start({ ...environment, DATABASE_URL: proxy.url, ...more });
  };

  (isShared ? before : beforeEach)(async () => {
    service.nowSeconds = nowSeconds;
    all = [];
    own = await createTestDatabase();
    proxy = await TcpProxy.before(own.connectionString);
    database = new pg.Client({ connectionString: own.connectionString });
    await database.connect();
    await startBehind({});
  });

  (isShared ? after : afterEach)(async () => {
    await Promise.all(all.map((one) => one.stop()));
    await proxy.refuse();
    await database.end();
    await own.drop();
  });

  const service: ServiceBehindProxy = {
    nowSeconds,
    get url() {
      return started.url;
    },
    get proxy() {
      return proxy;
    },
    get database() {
      return database;
    },
    send: (request) => started.send(request),
    stop: () => started.stop(),
    async restart(more = {}) {
      await started.stop();
      await startBehind(more);
    },
    startAnother: (settings = {}) => start(settings),
  };
  return service;
}

import pg from 'pg';

import { Sandbox } from '../../../internal/database/embedded/testing/sandbox.ts';
import { startTestService, type TestService } from './start-test-service.ts';

/** A service on a PostgreSQL of its own, with fifteen connections, for those who do to it what nobody else may feel. */
export interface OnSmallCluster {
  readonly sandbox: Sandbox;
  readonly service: TestService;
  /** Connected anew for each test. */
  readonly administrator: pg.Client;
  connect(): Promise<pg.Client>;
}

/** Starts the cluster before the tests, a service with this environment and an administrator before each. */
export function useSmallCluster(environment: Readonly<Record<string, string>>): OnSmallCluster {
  let sandbox: Sandbox;
  let connectionString: string;
  let administrator: pg.Client;
  let service: TestService;

  before(async () => {
    sandbox = await Sandbox.withCluster();
    const settings = { max_connections: '15', superuser_reserved_connections: '0', max_wal_senders: '0' };
    ({ connectionString } = await sandbox.start({ settings }));
  });

  after(() => sandbox.clean());

  beforeEach(async () => {
    administrator = await connect();
    const drop = () => Promise.resolve(); // It goes with the sandbox.
    const bounded = { DATABASE_CONNECTIONS: '12', ...environment };
    service = await startTestService({ database: { connectionString, drop }, environment: bounded });
  });

  afterEach(async () => {
    await service.stop();
    await administrator.end();
  });

  async function connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  return {
    get sandbox() {
      return sandbox;
    },
    get service() {
      return service;
    },
    get administrator() {
      return administrator;
    },
    connect,
  };
}

import { startService } from '../../../internal/processes/start.ts';
import { createTestDatabase, type TestDatabase } from '../../../internal/testing/shared-postgres.ts';
import { send, type Asked } from '../../../internal/testing/wire.ts';
import { createLogger } from '../../../internal/telemetry/logger.ts';
import { readConfig } from '../configuration.ts';
import { program } from '../program.ts';
import { watchAnswers } from './documented-answers.ts';

/** A service under test in this process, on a free port and a database of its own. */
export interface TestService extends Asked {
  readonly url: string;
  /** With ADMIN_PORT. */
  readonly adminUrl: string | undefined;
  readonly connectionString: string;
  /** Stops the service and drops its database, unless that was passed in; safe twice. */
  stop(): Promise<void>;
}

export interface TestServiceOptions {
  /** Configuration variables on top of the defaults. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The service's clock, in unix seconds. */
  readonly now?: () => number;
  /** A database to share with another service; its owner drops it. */
  readonly database?: TestDatabase;
}

/**
 * The service that scripts/test-compose.sh has started, with the machine's clock and a database that no other test uses
 * meanwhile; undefined where tests start their own.
 */
export function runningService(): TestService | undefined {
  const { MINIKOM_TEST_URL: url, MINIKOM_TEST_URL_DATABASE: connectionString = '' } = process.env;
  if (url === undefined) return undefined;
  const stop = (): Promise<void> => Promise.resolve();
  return { url, adminUrl: undefined, connectionString, send: (request) => send(url, request), stop };
}

/** Starts a service and waits until it is ready. Its end fails if it gave an answer that is not in its document. */
export async function startTestService(options: TestServiceOptions = {}): Promise<TestService> {
  const running = runningService();
  if (running !== undefined && Object.keys(options).length === 0) return running;
  const database = options.database ?? (await createTestDatabase());
  const config = readConfig({
    HOST: '127.0.0.1',
    PORT: '0',
    DATABASE_URL: database.connectionString,
    LOG_LEVEL: 'silent',
    // A busy machine may be slow; what waits too long is the matter of tests that set it.
    FLUSH_TIMEOUT_MS: '60000',
    ...options.environment,
  });
  const service = await startService(program, config, createLogger(config.LOG_LEVEL), options.now);
  await service.ready;
  const endWatch = watchAnswers(Number(new URL(service.url).port), config.BASE_PATH);
  const end = async (): Promise<void> => {
    await service.stop();
    if (options.database === undefined) await database.drop();
    endWatch();
  };
  let ended: Promise<void> | undefined;
  return {
    url: service.url,
    adminUrl: service.adminUrl,
    connectionString: database.connectionString,
    send: (request) => send(service.url, request),
    stop: () => (ended ??= end()),
  };
}

/** Starts one for all tests of the surrounding `describe`, which fill it themselves. */
export function useTestService(options: TestServiceOptions = {}): Omit<TestService, 'stop'> {
  let service: TestService;

  before(async () => {
    service = await startTestService(options);
  });

  after(() => service.stop());

  return {
    get url() {
      return service.url;
    },
    get adminUrl() {
      return service.adminUrl;
    },
    get connectionString() {
      return service.connectionString;
    },
    send: (request) => service.send(request),
  };
}

import type { Config } from '../../internal/config/config.ts';
import { readTlsFiles, type KeyPair } from '../../internal/config/tls-files.ts';
import { Database } from '../../internal/database/database.ts';
import { withDeadline } from '../../internal/database/deadline.ts';
import { Housekeeper } from '../../internal/database/housekeeper.ts';
import { startEmbeddedPostgres } from '../../internal/database/embedded/index.ts';
import { createApp } from '../../internal/frontdoor/app.ts';
import { Bodies, limitsFor } from '../../internal/frontdoor/bodies.ts';
import { openApi } from '../../internal/frontdoor/openapi.ts';
import { probes } from '../../internal/frontdoor/probes.ts';
import { FrontDoor } from '../../internal/frontdoor/server.ts';
import { Parser } from '../../internal/parsing/parser.ts';
import { Shards } from '../../internal/shards/shards.ts';
import type { Logger } from '../../internal/telemetry/logger.ts';
import { features } from './features.ts';

/** A running service. */
export interface Service {
  readonly url: string;
  /** Resolves once requests are served; rejects if they never will be, such as with an unsafe database. */
  readonly ready: Promise<void>;
  /** Answers what was accepted, flushes, and ends, all within SHUTDOWN_TIMEOUT_MS. Safe to call twice. */
  stop(): Promise<void>;
}

const HOUSEKEEPING_EACH_MS = 300_000;
// Parts of SHUTDOWN_TIMEOUT_MS: with a stuck database, too, all requests are answered and the end is in time.
const COMMITTING_SHARE = 0.25;
const GIVING_UP_SHARE = 0.05;
const ANSWERING_SHARE = 0.4;
const STOP_DATABASE_SHARE = 0.3;

/** Starts a service with its database, if none is configured. `now` is the clock in unix seconds; tests bring their own. */
export async function startService(
  config: Config,
  logger: Logger,
  now: () => number = () => Date.now() / 1000,
): Promise<Service> {
  const tls = await readTlsFiles(config);
  if (config.DATABASE_URL !== undefined) return serve(config, config.DATABASE_URL, tls, logger, now);
  const stopTimeoutMs = config.SHUTDOWN_TIMEOUT_MS * STOP_DATABASE_SHARE;
  const embedded = await startEmbeddedPostgres({ dataDir: config.DATA_DIR, logger, stopTimeoutMs });
  try {
    const service = await serve(config, embedded.connectionString, tls, logger, now);
    let stopping: Promise<void> | undefined;
    return { ...service, stop: () => (stopping ??= service.stop().finally(() => embedded.stop())) };
  } catch (error) {
    // A PostgreSQL that nobody knows of must not be left behind.
    await embedded.stop();
    throw error;
  }
}

/** Starts all but the database, in the order in which it is stopped again backwards: reads, shards, front door. */
async function serve(
  config: Config,
  connectionString: string,
  tls: KeyPair | undefined,
  logger: Logger,
  now: () => number,
): Promise<Service> {
  const database = new Database({
    connectionString,
    connectTimeoutMs: config.FLUSH_TIMEOUT_MS,
    statementTimeoutMs: config.FLUSH_TIMEOUT_MS,
    allowUnsafe: config.ALLOW_UNSAFE_DATABASE,
    logger,
  });
  const shards = createShards(config, connectionString, logger);
  const parser = new Parser({
    parserFile: new URL('parser.js', import.meta.url),
    idleTimeoutMs: config.WORKER_IDLE_TIMEOUT_MS,
    timeoutMs: config.FLUSH_TIMEOUT_MS,
    logger,
  });
  const bodies = new Bodies(limitsFor(config.MAX_BODY_BYTES));
  const pipeline = { config, bodies, parser, shards, database: database.pool, logger, now };
  const opened = (await Promise.all(features.map(({ open }) => open()))).map((open) => open(pipeline));
  const housekeeper = new Housekeeper({
    database: database.pool,
    everyMs: HOUSEKEEPING_EACH_MS,
    chores: opened.flatMap(({ chores }) => chores ?? []),
    logger,
  });
  const app = createApp({
    features: [
      probes(async () => (await database.whyNotReady()) ?? shards.whyNotReady()),
      openApi(),
      ...opened.map(({ routes }) => routes),
    ],
    tokens: { write: config.WRITE_TOKENS, read: config.READ_TOKENS },
    notReady: database.notPrepared,
    logger,
  });
  const frontDoor = new FrontDoor({ ...(tls && { tls }) }, app.callback());

  let stopping: Promise<void> | undefined;
  const stop = async () => {
    const answered = frontDoor.stop(config.SHUTDOWN_TIMEOUT_MS * ANSWERING_SHARE);
    await withDeadline(answered, config.SHUTDOWN_TIMEOUT_MS * COMMITTING_SHARE).catch(() => undefined);
    // Requests that still wait for a commit are told 503 by this, while their connections are still there.
    await shards.stop(config.SHUTDOWN_TIMEOUT_MS * GIVING_UP_SHARE);
    await parser.stop();
    await answered;
    await Promise.all([housekeeper.stop(), database.stop()]);
  };
  try {
    const port = await frontDoor.listen(config.HOST, config.PORT);
    return {
      url: `${tls === undefined ? 'http' : 'https'}://${hostInUrl(config.HOST)}:${port}`,
      ready: database.prepare().then(() => housekeeper.start()),
      stop: () => (stopping ??= stop()),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function createShards(config: Config, connectionString: string, logger: Logger): Shards {
  return new Shards({
    shards: config.SHARDS,
    workersPerShard: config.WORKERS_PER_SHARD,
    workerIdleTimeoutMs: config.WORKER_IDLE_TIMEOUT_MS,
    maxQueuedEvents: config.MAX_QUEUED_EVENTS,
    limits: {
      batchSize: config.BATCH_SIZE,
      flushIntervalMs: config.FLUSH_INTERVAL_MS,
      flushTimeoutMs: config.FLUSH_TIMEOUT_MS,
    },
    workerFile: new URL('worker.js', import.meta.url),
    connectionString,
    connectTimeoutMs: config.FLUSH_TIMEOUT_MS,
    logger,
  });
}

/** The address to click on: a wildcard is shown as localhost, an IPv6 address in brackets. */
function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::' || host === '127.0.0.1') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

import { setImmediate as turnOfTheLoop, setTimeout as pause } from 'node:timers/promises';

import { allowedHosts } from '../config/exposures.ts';
import { readTlsFiles, readTokens } from '../config/files.ts';
import type { PipelineConfig } from '../config/pipeline.ts';
import { Database } from '../database/database.ts';
import { withDeadline } from '../database/deadline.ts';
import { Housekeeper } from '../database/housekeeper.ts';
import { AccessLog } from '../frontdoor/access-log.ts';
import { createApp } from '../frontdoor/app.ts';
import { belowPath } from '../frontdoor/base-path.ts';
import { Bodies, limitsFor } from '../frontdoor/bodies.ts';
import { Cors } from '../frontdoor/cors.ts';
import { Guard } from '../frontdoor/guard.ts';
import { Hosts } from '../frontdoor/hosts.ts';
import { openApi, PROBE_PATHS, probes, SESSION_PATH, sessions } from '../frontdoor/own-routes.ts';
import type { Problem } from '../frontdoor/problem.ts';
import { Proxies } from '../frontdoor/proxies.ts';
import { RateLimits } from '../frontdoor/rate-limits.ts';
import { FrontDoor } from '../frontdoor/server.ts';
import { createUpgrade } from '../frontdoor/upgrade.ts';
import { Announcer } from '../live/announcer.ts';
import { openLive } from '../live/live.ts';
import { metrics } from '../metrics/metrics.ts';
import {
  EventLoopWatch,
  poolMeasures,
  Refusals,
  shardMeasures,
  systemMeasures,
} from '../metrics/process-measures.ts';
import { Parser } from '../parsing/parser.ts';
import { pipelineClaims, refuseSharedClaims } from '../pipeline/claims.ts';
import type { Feature, Pipeline, Program } from '../pipeline/feature.ts';
import type { AskFigures, Figures, Measure } from '../shards/figures.ts';
import { Shards, type ShardsOptions } from '../shards/shards.ts';
import type { Logger } from '../telemetry/logger.ts';
import { collectWhenQuiet } from '../threads/collect-when-quiet.ts';
import { ThreadPool } from '../threads/thread-pool.ts';

/** A running service. */
export interface Service {
  readonly url: string;
  /** Where ADMIN_PORT is listened on, if it is, by this process. */
  readonly adminUrl?: string;
  /** Resolves once requests are served; rejects if they never will be, such as with an unsafe database. */
  readonly ready: Promise<void>;
  /** Takes over what the files of tokens and for HTTPS hold now; goes on with what they held if that is not valid. */
  reload(): Promise<void>;
  /** Answers what was accepted, flushes, and ends, all within SHUTDOWN_TIMEOUT_MS after SHUTDOWN_DELAY_MS. Safe to call twice. */
  stop(): Promise<void>;
}

const HOUSEKEEPING_EACH_MS = 300_000;
// Clocks that are kept in step differ by less, and some services take no report from the future at all.
const LEAST_SKEW_SECONDS = 5;
// A flush has its time, then its request is told so; what waits for anything else is told a little later.
const LATE_MS = 500;
// Parts of SHUTDOWN_TIMEOUT_MS: with a stuck database, too, all requests are answered and the end is in time.
const COMMITTING_SHARE = 0.25;
const GIVING_UP_SHARE = 0.05;
const ADMIN_SHARE = 0.05;
// Of orchestrators, and of people who look what is wrong.
const ADMIN_CONNECTIONS = 256;
const ANSWERING_SHARE = 0.4;

/** What a process of the service is told besides its configuration. */
export interface Surroundings {
  readonly connectionString: string;
  readonly logger: Logger;
  /** The clock in unix seconds. */
  readonly now: () => number;
  /** Where several processes make up the service. */
  readonly among?: {
    /** Its place among them. */
    readonly slot: number;
    /** See {@link ShardsOptions.idsAfter}. */
    readonly idsAfter: NonNullable<ShardsOptions['idsAfter']>;
    readonly askFigures: AskFigures;
    /** Told once how this process's own figures are had. */
    readonly onFigures: (own: () => Figures) => void;
  };
}

/** Starts one process's all, in the order in which it is stopped again backwards: reads, shards, front door. */
export async function serve<Config extends PipelineConfig>(
  { features, workerFile, parserFile }: Program<Config>,
  config: Config,
  surroundings: Surroundings,
): Promise<Service> {
  const { connectionString, logger, now, among } = surroundings;
  const directUrl = config.DATABASE_DIRECT_URL ?? connectionString;
  let stopping: Promise<void> | undefined;
  const tls = await readTlsFiles(config);
  const tokens = { current: await readTokens(config) };
  const database = new Database({
    connectionString,
    directUrl: config.DATABASE_DIRECT_URL,
    hasSessions: config.DATABASE_PREPARE,
    connectTimeoutMs: config.FLUSH_TIMEOUT_MS,
    statementTimeoutMs: config.FLUSH_TIMEOUT_MS,
    allowUnsafe: config.ALLOW_UNSAFE_DATABASE,
    mostSkewSeconds: Math.max(LEAST_SKEW_SECONDS, config.MAX_FUTURE_SECONDS),
    logger,
  });
  const announcer = new Announcer(database.signals, logger);
  const shards = createShards(config, workerFile, surroundings);
  const opened: Feature[] = [];
  const refusals = new Refusals();
  const eventLoop = new EventLoopWatch();
  const ownFigures = (): Figures => {
    const figures = shards.figures();
    const measures = [
      ...shardMeasures(figures),
      ...[...shards.measures(), refusals.measure(), eventLoop.measure()],
      ...poolMeasures({ read: database.pool, write: database.writes, signal: database.signals }),
      ...opened.flatMap((feature) => feature.measures?.() ?? []),
      ...systemMeasures(),
    ];
    return { ...figures, measures: among === undefined ? measures : ofProcess(among.slot, measures) };
  };
  among?.onFigures(ownFigures);
  const askFigures = among?.askFigures ?? (() => Promise.resolve(ownFigures()));
  const parser = new Parser({
    parserFile,
    idleTimeoutMs: config.WORKER_IDLE_TIMEOUT_MS,
    timeoutMs: config.FLUSH_TIMEOUT_MS,
    logger,
  });
  const bodies = new Bodies(limitsFor(config.MAX_BODY_BYTES));
  refuseSharedClaims([
    pipelineClaims,
    ...(await Promise.all(features.map(async ({ claims }) => (await claims?.()) ?? {}))),
  ]);
  const ownThreads: ThreadPool[] = [];
  const startThreads: Pipeline['startThreads'] = (options) => {
    const threads = new ThreadPool({ ...options, logger });
    ownThreads.push(threads);
    return threads;
  };
  const pipeline: Pipeline<Config> = {
    ...{ config, bodies, parser, shards, askFigures, changes: announcer },
    ...{
      connectionString: directUrl,
      startThreads,
      database: database.pool,
      writes: database.writes,
      logger,
      now,
    },
  };
  for (const open of await Promise.all(features.map(({ open }) => open()))) opened.push(open(pipeline));
  const live = openLive({
    connectionString: directUrl,
    timeoutMs: config.FLUSH_TIMEOUT_MS,
    topics: opened.flatMap(({ topics }) => topics ?? []),
    logger,
    now,
  });
  const all = [...opened, live];
  const housekeeper = new Housekeeper({
    database: database.sessions,
    everyMs: HOUSEKEEPING_EACH_MS,
    chores: opened.flatMap(({ chores }) => chores ?? []),
    logger,
  });
  const notReady = async () => {
    if (stopping !== undefined) return 'The service stops.';
    return (await whyNotReady(database, opened)) ?? shards.whyNotReady();
  };
  const routes = [
    probes(notReady),
    metrics({ askFigures, features: opened, whyNotReady: notReady, logger }),
    openApi(config.BASE_PATH),
    ...all.map(({ routes }) => routes),
  ];
  const hosts = allowedHosts(config);
  const probePaths = new Set(PROBE_PATHS);
  const proxies = new Proxies(config.TRUST_PROXY);
  const cors = config.CORS_ORIGINS.length > 0 ? new Cors(config.CORS_ORIGINS) : undefined;
  const guard = new Guard({
    features: [...routes, { openPaths: [SESSION_PATH] }],
    ...{ tokens, hosts: hosts && new Hosts(hosts), proxies, cors },
    ...{ probes: probePaths, now },
  });
  const { RATE_LIMIT_EVENTS_PER_SECOND: eventsPerSecond, RATE_LIMIT_BYTES_PER_SECOND: bytesPerSecond } =
    config;
  const rateLimits =
    eventsPerSecond === undefined && bytesPerSecond === undefined
      ? undefined
      : new RateLimits({ eventsPerSecond, bytesPerSecond, guard, proxies });
  if (rateLimits !== undefined) bodies.onServed = (request, held) => rateLimits.charge(request, held);
  const entrance = {
    features: [...routes, sessions(guard, now, config.BASE_PATH)],
    guard,
    rateLimits,
    cors,
    accessLog: new AccessLog({ logger, proxies, tellsAll: config.ACCESS_LOG }),
    notReady: database.whyUnusable,
    logger,
  };
  const limits = {
    answerWithinMs: config.FLUSH_TIMEOUT_MS + LATE_MS,
    keepAliveMs: config.KEEP_ALIVE_TIMEOUT_MS,
  };
  const onRefused = (problem: Problem) => refusals.count(problem);
  const doorOptions = { ...(tls && { tls }), probes: probePaths, limits, onRefused };
  const [app, upgrade] = [createApp(entrance), createUpgrade(entrance)];
  const { BASE_PATH: base } = config;
  const served = base === '' ? { handle: app, upgrade } : belowPath(base, probePaths, app, upgrade);
  const allProbes = new Set(['', base].flatMap((path) => PROBE_PATHS.map((probe) => path + probe)));
  const frontDoor = new FrontDoor({ ...doorOptions, probes: allProbes }, served.handle, served.upgrade);
  // A door of its own: however many connect to the other one, who asks here waits in no queue with them.
  const adminDoor =
    config.ADMIN_PORT === undefined
      ? undefined
      : new FrontDoor(
          { ...doorOptions, limits: { ...limits, maxConnections: ADMIN_CONNECTIONS } },
          createApp({
            ...entrance,
            features: entrance.features.filter(({ isIntrospection }) => isIntrospection === true),
          }),
        );

  const collecting = collectWhenQuiet();
  const start = () => {
    if (stopping !== undefined) return;
    housekeeper.start();
    for (const feature of all) feature.start?.();
  };
  const stop = async () => {
    frontDoor.sayClose();
    // Balancers see in /ready that this one is not to be given more, and need a while to.
    if (config.SHUTDOWN_DELAY_MS > 0) await pause(config.SHUTDOWN_DELAY_MS);
    // What has connected so far is accepted in this turn, and would be reset otherwise.
    await turnOfTheLoop();
    const answered = frontDoor.stop(config.SHUTDOWN_TIMEOUT_MS * ANSWERING_SHARE);
    const ended = Promise.all([answered, ...all.map((feature) => feature.stop?.())]);
    await withDeadline(ended, config.SHUTDOWN_TIMEOUT_MS * COMMITTING_SHARE).catch(() => undefined);
    // Requests that still wait for a commit are told 503 by this, while their connections are still there.
    await shards.stop(config.SHUTDOWN_TIMEOUT_MS * GIVING_UP_SHARE);
    await parser.stop();
    await answered;
    await Promise.all([housekeeper.stop(), announcer.stop(), ...ownThreads.map((threads) => threads.stop())]);
    await adminDoor?.stop(config.SHUTDOWN_TIMEOUT_MS * ADMIN_SHARE);
    await database.stop();
    clearInterval(collecting);
    eventLoop.stop();
  };
  const reload = async () => {
    try {
      const [pair, current] = await Promise.all([readTlsFiles(config), readTokens(config)]);
      tokens.current = current;
      for (const door of [frontDoor, adminDoor]) if (pair !== undefined) door?.useCertificate(pair);
      logger.info('files read again');
    } catch (error) {
      // What was read before goes on to be used: the files may be written just now.
      logger.error({ error }, 'files not read again');
    }
  };
  const listen = async (door: FrontDoor, name: 'PORT' | 'ADMIN_PORT') => {
    const wanted = config[name] ?? 0;
    const port = await door.listen(config.HOST, wanted).catch((error: unknown) => {
      throw explainListenError(error, config.HOST, `${name} ${wanted}`);
    });
    return `${tls === undefined ? 'http' : 'https'}://${hostInUrl(config.HOST)}:${port}`;
  };
  try {
    const url = await listen(frontDoor, 'PORT');
    const adminUrl = adminDoor && (await listen(adminDoor, 'ADMIN_PORT'));
    return {
      url,
      ...(adminUrl !== undefined && { adminUrl }),
      ready: database.prepare().then(start),
      reload,
      stop: () => (stopping ??= stop()),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Measures that tell which process they are of: what they count begins anew when that one does. */
function ofProcess(slot: number, measures: readonly Measure[]): Measure[] {
  const process = String(slot);
  return measures.map((measure) => ({
    ...measure,
    values: measure.values.map((value) => ({ ...value, labels: { ...value.labels, process } })),
  }));
}

/** Why no report could be committed, or none be read back; undefined if they could. */
async function whyNotReady(database: Database, features: readonly Feature[]): Promise<string | undefined> {
  if (database.whyUnusable() !== undefined) return database.whyUnusable();
  const asked = await Promise.all([
    database.whyNotReady(),
    ...features.map((feature) => feature.whyNotReady?.()),
  ]);
  return asked.find((reason) => reason !== undefined);
}

function createShards(
  config: PipelineConfig,
  workerFile: URL,
  { connectionString, logger, among }: Surroundings,
): Shards {
  return new Shards({
    shards: config.SHARDS,
    ...(among && { idsAfter: among.idsAfter }),
    workersPerShard: config.WORKERS_PER_SHARD,
    workerIdleTimeoutMs: config.WORKER_IDLE_TIMEOUT_MS,
    maxQueuedEvents: config.MAX_QUEUED_EVENTS,
    limits: {
      batchSize: config.BATCH_SIZE,
      flushIntervalMs: config.FLUSH_INTERVAL_MS,
      flushTimeoutMs: config.FLUSH_TIMEOUT_MS,
    },
    workerFile,
    connectionString,
    hasSessions: config.DATABASE_PREPARE,
    connectTimeoutMs: config.FLUSH_TIMEOUT_MS,
    logger,
  });
}

/** The address to click on: a wildcard is shown as localhost, an IPv6 address in brackets. */
function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::' || host === '127.0.0.1') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

/** The same error for the person at the terminal: it names the variable that decides, such as `PORT 8080`, and keeps the error as its cause. */
function explainListenError(error: unknown, host: string, port: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  switch (error.code) {
    case 'EADDRINUSE':
      return new Error(`${port} is in use on HOST ${host}; stop what listens there, or set another one.`, {
        cause: error,
      });
    case 'EACCES':
      return new Error(`${port} may not be listened on by this user; set one of 1024 or more.`, {
        cause: error,
      });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new Error(`HOST ${host} is no address of this machine (${error.code}).`, { cause: error });
    default:
      return error;
  }
}

import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

import type { PipelineConfig } from '../config/pipeline.ts';
import { Database } from '../database/database.ts';
import { withDeadline } from '../database/deadline.ts';
import { Housekeeper } from '../database/housekeeper.ts';
import { Bodies, limitsFor } from '../frontdoor/bodies.ts';
import { openApi, probes } from '../frontdoor/own-routes.ts';
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
import { ofReplica, type AskFigures, type Figures, type Measure } from '../shards/figures.ts';
import { Shards, type ShardsOptions } from '../shards/shards.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import { collectWhenQuiet } from '../threads/collect-when-quiet.ts';
import { boundHeapGrowth } from '../threads/heap-growth.ts';
import { ThreadPool } from '../threads/thread-pool.ts';
import { budgetOf } from './budget.ts';
import { Replicas } from './replicas.ts';
import { Doors, readDoorFiles, type DoorUrls } from './doors.ts';

/** A running service. */
export interface Service extends DoorUrls {
  /** Resolves once requests are served; rejects if they never will be, such as with an unsafe database. */
  readonly ready: Promise<void>;
  /** As {@link Doors.reload}. */
  reload(): Promise<void>;
  /** Answers what was accepted, flushes, and ends, all within SHUTDOWN_TIMEOUT_MS after SHUTDOWN_DELAY_MS. Safe to call twice. */
  stop(): Promise<void>;
}

// Whoever asks all replicas waits for one that hangs for so long, once.
const REPLICAS_TIMEOUT_MS = 2000;
const HOUSEKEEPING_EACH_MS = 300_000;
// Clocks that are kept in step differ by less, and some services take no report from the future at all.
const LEAST_SKEW_SECONDS = 5;
// Parts of SHUTDOWN_TIMEOUT_MS: with a stuck database, too, all requests are answered and the end is in time.
const COMMITTING_SHARE = 0.25;
const GIVING_UP_SHARE = 0.05;
const TIDYING_SHARE = 0.1;
const ADMIN_SHARE = 0.05;
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
  const files = await readDoorFiles(config);
  const claims = [
    pipelineClaims,
    ...(await Promise.all(features.map(async ({ claims }) => (await claims?.()) ?? {}))),
  ];
  refuseSharedClaims(claims);
  const database = new Database({
    enter: () => replicas.session.query('select 1'),
    connectionString,
    directUrl: config.DATABASE_DIRECT_URL,
    hasSessions: config.DATABASE_PREPARE,
    connectTimeoutMs: config.FLUSH_TIMEOUT_MS,
    statementTimeoutMs: config.FLUSH_TIMEOUT_MS,
    allowUnsafe: config.ALLOW_UNSAFE_DATABASE,
    ...(config.DISTRIBUTE && { spreads: claims.flatMap(({ tables = [] }) => tables) }),
    mostSkewSeconds: Math.max(LEAST_SKEW_SECONDS, config.MAX_FUTURE_SECONDS),
    logger,
  });
  const announcer = new Announcer(database.signals, logger);
  const tracing = await openTracing(config, logger);
  const firstShard = (among?.slot ?? 0) * config.SHARDS;
  const { workers, connections } = budgetOf(config, features);
  const shards = createShards(config, workerFile, surroundings, { firstShard, workers, tracing });
  const replicas = new Replicas({
    connectionString: directUrl,
    timeoutMs: Math.min(config.FLUSH_TIMEOUT_MS, REPLICAS_TIMEOUT_MS),
    shards: config.SHARDS,
    preferred: firstShard,
    connections,
  });
  let replica = config.REPLICA_NAME ?? hostname();
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
    return {
      ...ofReplica(figures, replica, firstShard, replicas.place.first),
      measures: among === undefined ? measures : ofProcess(among.slot, measures),
    };
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
  const ownThreads: ThreadPool[] = [];
  const startThreads: Pipeline['startThreads'] = (options) => {
    const threads = new ThreadPool({ ...options, logger });
    ownThreads.push(threads);
    return threads;
  };
  const pipeline: Pipeline<Config> = {
    ...{ config, bodies, parser, shards, ownFigures, askFigures, replicas, changes: announcer },
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
    session: replicas.session,
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
    openApi(async () => (await import('./describe.ts')).describe(features, config.BASE_PATH)),
    ...all.map(({ routes }) => routes),
  ];
  const doors = new Doors({
    ...{ config, files, routes, bodies, tracing, logger, now },
    notReady: database.whyUnusable,
    onRefused: (problem) => refusals.count(problem),
  });

  const lookingAfterHeap = [collectWhenQuiet(), boundHeapGrowth()];
  const start = () => {
    if (stopping !== undefined) return;
    housekeeper.start();
    for (const feature of all) feature.start?.();
  };
  const stop = async () => {
    // Balancers see in /ready that this one is not to be given more, and need a while to.
    if (config.SHUTDOWN_DELAY_MS > 0) {
      doors.sayClose();
      await pause(config.SHUTDOWN_DELAY_MS);
    }
    await doors.untilAllAccepted();
    const answered = doors.stop(config.SHUTDOWN_TIMEOUT_MS * ANSWERING_SHARE);
    const ended = Promise.all([answered, ...all.map((feature) => feature.stop?.())]);
    await withDeadline(ended, config.SHUTDOWN_TIMEOUT_MS * COMMITTING_SHARE).catch(() => undefined);
    // Requests that still wait for a commit are told 503 by this, while their connections are still there.
    await shards.stop(config.SHUTDOWN_TIMEOUT_MS * GIVING_UP_SHARE);
    await parser.stop();
    await answered;
    const tidied = Promise.all([
      housekeeper.stop(),
      announcer.stop(),
      ...ownThreads.map((threads) => threads.stop()),
    ]);
    // What is being tidied up is tidied up the next time.
    await withDeadline(tidied, config.SHUTDOWN_TIMEOUT_MS * TIDYING_SHARE).catch(() => undefined);
    await doors.stopAdmin(config.SHUTDOWN_TIMEOUT_MS * ADMIN_SHARE);
    await Promise.all([database.stop(), replicas.session.close(), tracing?.stop()]);
    for (const looking of lookingAfterHeap) clearInterval(looking);
    eventLoop.stop();
  };
  try {
    const urls = await doors.listen();
    replica = config.REPLICA_NAME ?? `${hostname()}:${/\d+$/.exec(urls.url)?.[0] ?? ''}`;
    return {
      ...urls,
      // The others know of this one by the time it serves.
      ready: database
        .prepare()
        .then(() => (stopping === undefined ? replicas.session.keepOpen() : undefined))
        .then(start),
      reload: () => doors.reload(),
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
  { connectionString, logger }: Surroundings,
  own: Pick<ShardsOptions, 'firstShard' | 'workers' | 'tracing'>,
): Shards {
  return new Shards({
    ...own,
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

/** Loaded only where it is asked for: it takes longer than all the rest of a start. */
async function openTracing(
  { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }: PipelineConfig,
  logger: Logger,
): Promise<Tracing | undefined> {
  if (endpoint === undefined) return undefined;
  const { Tracing } = await import('../telemetry/tracing.ts');
  return new Tracing(endpoint, logger);
}

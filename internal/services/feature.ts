import { throughKoa } from '../frontdoor/route.ts';
import { archiving, cutoffOf } from '../database/archive.ts';
import type { Spread } from '../database/cluster.ts';
import type { Chore } from '../database/housekeeper.ts';
import type { Feature, Pipeline } from '../pipeline/feature.ts';
import { getStats } from './answers/get-stats.ts';
import { getBadge, getTimelineSvg, imagePaths } from './answers/images.ts';
import { serviceMeasures, settlingMeasures } from './answers/measures.ts';
import { getLatestEvents, getService, putService, type Reading } from './answers/one-service.ts';
import { getIssues } from './answers/issues.ts';
import { getShares } from './answers/shares.ts';
import { getSettling } from './answers/settling.ts';
import { getServices } from './answers/services.ts';
import { getTimelines } from './answers/timelines.ts';
import { SERVICES_TOPIC, servicesTopic } from './answers/topic.ts';
import type { ServicesConfig } from './config.ts';
import { gapsFrom, type Gaps } from './gaps.ts';
import { advanceCheckpoints, firstOpenHour } from './history/checkpoints.ts';
import { deleteOldHours, oldestKeptHour } from './history/old-hours.ts';
import type { HistorySource } from './history/reader.ts';
import { reportBatches } from './reports/batches.ts';
import { postEvent } from './reports/post-event.ts';
import { LAYOUT } from './reports/report-rows.ts';
import { Settler } from './settling/settler.ts';
import type { SettleSetup } from './settling/settle-thread.ts';
import { SECONDS_PER_HOUR } from './timeline.ts';

/** The tables of services, and by what each is spread over a cluster. */
export const serviceTables: readonly Spread[] = [
  { table: 'observations', by: 'bucket' },
  { table: 'services', by: 'bucket' },
  { table: 'pending_reports', by: 'slot' },
  { table: 'unreadable_reports', by: 'slot' },
];

const HOURS_A_STEP = 1000;
// Readers ask while it settles.
const TASKS_AT_ONCE = 64;
// What is pending, folded, and what a round makes of it.
const HEAP_MIB = { old: 1280, young: 16 };
// A round is many statements, each with its own bound; this long nothing came back at all.
const STUCK_AFTER_MS = 60_000;
// A thread that is not stuck says so between two statements, however long each of them takes.
const ALIVE_WITHIN_MS = 10_000;

/**
 * Services: their reports, what state each is in, since when, and what happened before. `threadFile` is the entry of the
 * thread that settles.
 */
export function openServices(
  pipeline: Pipeline<ServicesConfig>,
  threadFile: URL,
): Feature & { readonly reading: Reading } {
  const { config, database, changes, now } = pipeline;
  const gaps = gapsFrom(config.GAP_SECONDS, config.SERVICE_GAPS);
  const tell = (serviceNames: readonly string[] | 'all') => changes.say(SERVICES_TOPIC, serviceNames);
  const settler = openSettler(pipeline, threadFile, tell);
  const source: HistorySource = {
    database,
    pending: (services) => settler.pending(services),
    gapOf: gaps.gapOf,
    longestGapSeconds: gaps.longestSeconds,
  };
  const reading: Reading = { config, now, source };
  const post = postEvent(pipeline);
  return {
    reading,
    routes: {
      imagePaths,
      hotWrites: { '/event': post },
      add(router) {
        router.post('/event', throughKoa(post));
        router.get('/services', getServices(reading));
        router.get('/settling', getSettling(reading));
        router.get('/timelines', getTimelines(reading));
        router.get('/issues', getIssues(reading));
        router.get('/shares', getShares(reading));
        router.get('/services/:name', getService(reading));
        router.put(
          '/services/:name',
          putService(reading, { ...pipeline, database: pipeline.writes, onChanged: tell }),
        );
        router.get('/services/:name/latest-events', getLatestEvents(reading));
        router.get('/services/:name/stats', getStats(reading));
        router.get('/services/:name/badge.svg', getBadge(reading));
        router.get('/services/:name/timeline.svg', getTimelineSvg(reading));
      },
    },
    topics: [servicesTopic(reading, () => settler.tellChanges())],
    start: () => settler.start(),
    stop: () => settler.stop(),
    whyNotReady: () => settler.whyNotReadable(),
    measures: () => settlingMeasures(settler.figures, settler.progress),
    readMeasures: serviceMeasures(reading, config.METRICS_SERVICES),
    chores: choresOf(pipeline, gaps),
  };
}

function choresOf({ config, now }: Pipeline<ServicesConfig>, gaps: Gaps): Chore[] {
  const { MAX_DELAY_SECONDS: maxDelaySeconds, RETENTION_DAYS: days } = config;
  const advance: Chore = {
    name: 'advance checkpoints',
    run: (client, signal) => advanceCheckpoints(client, firstOpenHour(now(), maxDelaySeconds), gaps, signal),
  };
  if (days === undefined) return [advance];
  // Checkpoints first: they keep since when a service is in its state, also when the hours it began in are deleted.
  const deleteOld: Chore = {
    name: 'delete old hours',
    run: (client) => {
      const cutoff = cutoffOf(config, oldestKeptHour(days, now()) * SECONDS_PER_HOUR);
      return archiving(config, { table: 'observations', cutoff }, (archived) =>
        deleteOldHours(client, cutoff / SECONDS_PER_HOUR, HOURS_A_STEP, archived),
      );
    },
  };
  return [advance, deleteOld];
}

/** The settler of this process, between the lanes of reports and the thread that settles. */
function openSettler(
  { config, shards, startThreads, connectionString, logger }: Pipeline<ServicesConfig>,
  threadFile: URL,
  onChanged: (serviceNames: readonly string[] | 'all') => void,
): Settler {
  const newestLayout = config.REPORT_LAYOUT ?? LAYOUT;
  const timeoutMs = config.FLUSH_TIMEOUT_MS;
  const workerData: SettleSetup = {
    connectionString,
    connectTimeoutMs: timeoutMs,
    statementTimeoutMs: timeoutMs,
    newestLayout,
    maxDelaySeconds: config.MAX_DELAY_SECONDS,
  };
  const threads = startThreads({
    what: 'settler',
    file: threadFile,
    workerData,
    maxThreads: 1,
    tasksPerThread: TASKS_AT_ONCE,
    // Whoever reads needs it, and its session says that this program is there.
    idleTimeoutMs: Infinity,
    heapMiB: HEAP_MIB,
  });
  const settler = new Settler({
    ask: (task) => {
      const timeoutMs = task.ask === 'alive' ? ALIVE_WITHIN_MS : STUCK_AFTER_MS;
      return threads.run(task, { timeoutMs });
    },
    onChanged,
    timeoutMs,
    newestLayout,
    logger,
  });
  const lanes = shards.lanes(reportBatches(() => settler.layout));
  lanes.refuseWhile(settler.whyFull);
  lanes.onCommitted(({ rows, length }) => settler.committed(rows, length));
  return settler;
}

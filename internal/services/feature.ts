import type { Chore } from '../database/housekeeper.ts';
import { throughKoa } from '../frontdoor/route.ts';
import type { Feature, Pipeline } from '../pipeline/feature.ts';
import { advanceCheckpoints, firstOpenHour } from './advance-checkpoints.ts';
import type { ServicesConfig } from './config.ts';
import { reportBatches, SERVICES_TOPIC } from './columns.ts';
import { getBadge } from './get-badge.ts';
import { getLatestEvents } from './get-latest-events.ts';
import { getServices } from './get-services.ts';
import { getStats } from './get-stats.ts';
import { deleteOldHours, oldestKeptHour } from './old-hours.ts';
import { getTimelineSvg } from './get-timeline-svg.ts';
import { getTimelines } from './get-timelines.ts';
import { postEvent } from './post-event.ts';
import type { ReadPipeline } from './read-pipeline.ts';
import { SETTLE_SINK, type SettleColumns } from './settle-sink.ts';
import { Settler } from './settler.ts';
import { servicesTopic } from './topic.ts';

const HOURS_A_STEP = 1000;

/** `POST /event`, `GET /services`, `GET /services/:name/latest-events`, `GET /services/:name/stats`, `GET /timelines`, and how long observations are kept. */
export function openServices(pipeline: Pipeline<ServicesConfig>): Feature {
  const post = postEvent(pipeline);
  const settler = openSettler(pipeline);
  const reading: ReadPipeline = {
    config: pipeline.config,
    now: pipeline.now,
    settled: async () => {
      await settler.settled();
      return pipeline.database;
    },
  };
  return {
    routes: {
      hotWrites: { '/event': post },
      add(router) {
        router.post('/event', throughKoa(post));
        router.get('/services', getServices(reading));
        router.get('/timelines', getTimelines(reading));
        router.get('/services/:name/latest-events', getLatestEvents(reading));
        router.get('/services/:name/stats', getStats(reading));
        router.get('/services/:name/badge.svg', getBadge(reading));
        router.get('/services/:name/timeline.svg', getTimelineSvg(reading));
      },
    },
    topics: [servicesTopic(reading)],
    start: () => settler.start(),
    stop: () => settler.stop(),
    chores: choresOf(pipeline),
  };
}

function choresOf({ config, now }: Pipeline<ServicesConfig>): Chore[] {
  const { GAP_SECONDS: gapSeconds, MAX_DELAY_SECONDS: maxDelaySeconds, RETENTION_DAYS: days } = config;
  const advance: Chore = {
    name: 'advance checkpoints',
    run: (client, signal) =>
      advanceCheckpoints(client, firstOpenHour(now(), maxDelaySeconds), gapSeconds, signal),
  };
  if (days === undefined) return [advance];
  // Checkpoints first: they keep since when a service is in its state, also when the hours it began in are deleted.
  const deleteOld: Chore = {
    name: 'delete old hours',
    run: (client) => deleteOldHours(client, oldestKeptHour(days, now()), HOURS_A_STEP),
  };
  return [advance, deleteOld];
}

/** The settler of this process, between the lanes of reports and the database. */
function openSettler({ config, shards, database, changes, logger }: Pipeline): Settler {
  const lanes = shards.lanes(reportBatches);
  const settler = new Settler({
    database,
    settle(mostBytes) {
      const columns: SettleColumns = { mostBytes };
      return shards.background.flush({ sink: SETTLE_SINK, columns, timeoutMs: config.FLUSH_TIMEOUT_MS });
    },
    hold: (until) => lanes.hold(until),
    onChanged: (serviceNames) => changes.say(SERVICES_TOPIC, serviceNames),
    logger,
  });
  lanes.onCommitted((columns, isCommitted) => settler.flushed(isCommitted ? columns.rows : 0));
  return settler;
}

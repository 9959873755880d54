import type { Feature, Pipeline } from '../pipeline/feature.ts';
import { getBadge } from './get-badge.ts';
import { getLatestEvents } from './get-latest-events.ts';
import { getServices } from './get-services.ts';
import { getStats } from './get-stats.ts';
import { deleteOldHours, oldestKeptHour } from './old-hours.ts';
import { getTimelineSvg } from './get-timeline-svg.ts';
import { getTimelines } from './get-timelines.ts';
import { postEvent } from './post-event.ts';
import { servicesTopic } from './topic.ts';

const HOURS_A_STEP = 1000;

/** `POST /event`, `GET /services`, `GET /services/:name/latest-events`, `GET /services/:name/stats`, `GET /timelines`, and how long observations are kept. */
export function openServices(pipeline: Pipeline): Feature {
  const { RETENTION_DAYS: retentionDays } = pipeline.config;
  const post = postEvent(pipeline);
  return {
    routes: {
      hot: { 'POST /event': post },
      add(router) {
        router.post('/event', post);
        router.get('/services', getServices(pipeline));
        router.get('/timelines', getTimelines(pipeline));
        router.get('/services/:name/latest-events', getLatestEvents(pipeline));
        router.get('/services/:name/stats', getStats(pipeline));
        router.get('/services/:name/badge.svg', getBadge(pipeline));
        router.get('/services/:name/timeline.svg', getTimelineSvg(pipeline));
      },
    },
    topics: [servicesTopic(pipeline)],
    chores:
      retentionDays === undefined
        ? []
        : [
            {
              name: 'delete old hours',
              run: (client) =>
                deleteOldHours(client, oldestKeptHour(retentionDays, pipeline.now()), HOURS_A_STEP),
            },
          ],
  };
}

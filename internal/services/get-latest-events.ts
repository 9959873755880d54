import type { RouterContext } from '@koa/router';

import { answerJson } from '../frontdoor/answer.ts';
import { nameFault } from '../frontdoor/fields.ts';
import { Problem } from '../frontdoor/problem.ts';
import { newestIntervals } from './history.ts';
import type { ReadPipeline } from './read-pipeline.ts';
import { isOngoing } from './timeline.ts';

const LATEST_EVENTS = 50;

/** Returns the handler of `GET /services/:name/latest-events`: the newest intervals, newest first. */
export function getLatestEvents({
  settled,
  config,
  now,
}: ReadPipeline): (context: RouterContext) => Promise<void> {
  return async (context) => {
    const serviceName = context.params.name ?? '';
    // What can be no name was never reported, and Postgres takes no U+0000 in a question either.
    const known = nameFault(serviceName) === undefined;
    const intervals = known
      ? await newestIntervals(await settled(), serviceName, LATEST_EVENTS, config.GAP_SECONDS)
      : [];
    if (intervals.length === 0) throw new Problem(404, 'not-found', 'This service was never reported.');
    const nowSeconds = now();
    const events = intervals.map((interval, index) => ({
      state: interval.state,
      start_time: interval.start,
      end_time:
        index === 0 && isOngoing(interval, nowSeconds, config.MAX_DELAY_SECONDS) ? null : interval.end,
    }));
    answerJson(context, JSON.stringify(events));
  };
}

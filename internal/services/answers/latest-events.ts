import type { RouterContext } from '@koa/router';

import { answerJson } from '../../frontdoor/answer.ts';
import { isOngoing } from '../timeline.ts';
import { requireHistory, type Reading } from './reading.ts';

const LATEST_EVENTS = 50;

/** Returns the handler of `GET /services/:name/latest-events`: the newest intervals, newest first. */
export function getLatestEvents({ source, config, now }: Reading): (context: RouterContext) => Promise<void> {
  return async (context) => {
    const { intervals, gapSeconds } = await requireHistory(source, context.params.name);
    const nowSeconds = now();
    const events: object[] = [];
    for await (const interval of intervals) {
      const { state, start, end } = interval;
      const rules = { gapSeconds, maxDelaySeconds: config.MAX_DELAY_SECONDS };
      const goesOn = events.length === 0 && isOngoing(interval, nowSeconds, rules);
      events.push({ state, start_time: start, end_time: goesOn ? null : end });
      if (events.length === LATEST_EVENTS) break;
    }
    answerJson(context, JSON.stringify(events));
  };
}

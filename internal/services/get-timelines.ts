import type { Context } from 'koa';

import { answerJson } from '../frontdoor/answer.ts';
import type { ReadPipeline } from './read-pipeline.ts';
import { readTimelinesQuery } from './timelines-query.ts';
import { timelinesOf } from './timelines.ts';

/** Returns the handler of `GET /timelines`: the intervals of some services in a span. */
export function getTimelines({ settled, config, now }: ReadPipeline): (context: Context) => Promise<void> {
  const rules = { gapSeconds: config.GAP_SECONDS, maxDelaySeconds: config.MAX_DELAY_SECONDS };
  return async (context) => {
    const nowSeconds = now();
    const query = readTimelinesQuery(context.query, nowSeconds);
    const timelines = await timelinesOf(await settled(), query, nowSeconds, rules);
    const answer = {
      now: nowSeconds,
      from: query.from,
      to: query.to,
      // Late reports, and the second that each stands for.
      provisional_seconds: config.MAX_DELAY_SECONDS + 1,
      timelines: Array.from(timelines, ([service_name, intervals]) => ({
        service_name,
        intervals: intervals.map(({ state, start, end }) => ({ state, start_time: start, end_time: end })),
      })),
    };
    answerJson(context, JSON.stringify(answer));
  };
}

import type { Context } from 'koa';

import { answerJson } from '../frontdoor/answer.ts';
import { newestIntervalOfEach } from './newest-interval.ts';
import type { ReadPipeline } from './read-pipeline.ts';
import { stateAt } from './timeline.ts';

/** Returns the handler of `GET /services`: the state of every service ever reported. */
export function getServices({ settled, config, now }: ReadPipeline): (context: Context) => Promise<void> {
  return async (context) => {
    const intervals = [...(await newestIntervalOfEach(await settled(), config.GAP_SECONDS))];
    intervals.sort(([a], [b]) => (a < b ? -1 : 1));
    const nowSeconds = now();
    // Written by hand: as keys of an object, __proto__ would vanish and 2 would come before 10.
    const members = intervals.map(([serviceName, interval]) => {
      const { state, since } = stateAt(interval, nowSeconds, config.MAX_DELAY_SECONDS);
      return `${JSON.stringify(serviceName)}:{"state":"${state}","since":${since}}`;
    });
    answerJson(context, `{${members.join(',')}}`);
  };
}

import type { Context } from 'koa';

import { answerJson } from '../frontdoor/answer.ts';
import { newestIntervalOfAll } from './newest-interval.ts';
import type { ReadPipeline } from './read-pipeline.ts';
import { stateAt } from './timeline.ts';

/** Returns the handler of `GET /services`: the state of every service ever reported. */
export function getServices({ settled, config, now }: ReadPipeline): (context: Context) => Promise<void> {
  return async (context) => {
    const newest = await newestIntervalOfAll(await settled(), config.GAP_SECONDS);
    const nowSeconds = now();
    // Written by hand: as keys of an object, __proto__ would vanish and 2 would come before 10.
    const members = newest.map(({ serviceName, interval }) => {
      const { state, since } = stateAt(interval, nowSeconds, config.MAX_DELAY_SECONDS);
      return `${JSON.stringify(serviceName)}:{"state":"${state}","since":${since}}`;
    });
    // By name, as nearly as matters: to sort text without being asked to compare takes half the time.
    members.sort();
    answerJson(context, `{${members.join(',')}}`);
  };
}

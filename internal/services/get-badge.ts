import type { RouterContext } from '@koa/router';

import { nameFault } from '../frontdoor/fields.ts';
import { invalidRequest, Problem } from '../frontdoor/problem.ts';
import { answerSvg } from './answer-svg.ts';
import { badgeSvg } from './badge.ts';
import { newestIntervalOfEach } from './newest-interval.ts';
import type { ReadPipeline } from './read-pipeline.ts';
import { stateAt } from './timeline.ts';

/** Returns the handler of `GET /services/:name/badge.svg`: the state of a service, for READMEs and wikis. */
export function getBadge({ settled, config, now }: ReadPipeline): (context: RouterContext) => Promise<void> {
  return async (context) => {
    const serviceName = context.params.name ?? '';
    const label = context.query.label ?? serviceName;
    const labelFault = nameFault(label);
    if (labelFault !== undefined && label !== serviceName) {
      throw invalidRequest([{ field: 'label', message: labelFault }]);
    }
    const known = nameFault(serviceName) === undefined;
    const newest = known
      ? await newestIntervalOfEach(await settled(), config.GAP_SECONDS, [serviceName])
      : undefined;
    const interval = newest?.get(serviceName);
    if (interval === undefined) throw new Problem(404, 'not-found', 'This service was never reported.');
    const nowSeconds = now();
    const { state, since } = stateAt(interval, nowSeconds, config.MAX_DELAY_SECONDS);
    const svg = badgeSvg({ label: String(label), state, since, now: nowSeconds });
    answerSvg(context, svg, config.READ_TOKENS.length === 0);
  };
}

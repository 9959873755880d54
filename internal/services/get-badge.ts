import type { RouterContext } from '@koa/router';
import { z } from 'zod';

import { nameFault } from '../frontdoor/fields.ts';
import { Problem } from '../frontdoor/problem.ts';
import { readQuery, textWithout } from '../frontdoor/query.ts';
import { answerSvg } from './answer-svg.ts';
import { badgeSvg } from './badge.ts';
import { newestIntervalOfEach } from './newest-interval.ts';
import type { ReadPipeline } from './read-pipeline.ts';
import { stateAt } from './timeline.ts';

const badgeQuery = z.object({ label: textWithout(nameFault).optional() });

/** Returns the handler of `GET /services/:name/badge.svg`: the state of a service, for READMEs and wikis. */
export function getBadge({ settled, config, now }: ReadPipeline): (context: RouterContext) => Promise<void> {
  return async (context) => {
    const serviceName = context.params.name ?? '';
    const { label = serviceName } = readQuery(badgeQuery, context.query);
    const known = nameFault(serviceName) === undefined;
    const newest = known
      ? await newestIntervalOfEach(await settled(), config.GAP_SECONDS, [serviceName])
      : undefined;
    const interval = newest?.get(serviceName);
    if (interval === undefined) throw new Problem(404, 'not-found', 'This service was never reported.');
    const nowSeconds = now();
    const { state, since } = stateAt(interval, nowSeconds, config.MAX_DELAY_SECONDS);
    const svg = badgeSvg({ label, state, since, now: nowSeconds });
    answerSvg(context, svg, config.READ_TOKENS.length === 0);
  };
}

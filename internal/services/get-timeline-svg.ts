import type { RouterContext } from '@koa/router';
import { z } from 'zod';

import { nameFault } from '../frontdoor/fields.ts';
import { Problem } from '../frontdoor/problem.ts';
import { oneOf, readQuery, wholeNumber } from '../frontdoor/query.ts';
import { answerSvg } from './answer-svg.ts';
import { isKnown } from './queries.ts';
import type { ReadPipeline } from './read-pipeline.ts';
import { timelineSvg } from './timeline-svg.ts';
import { timelinesOf } from './timelines.ts';

const pictureQuery = z.object({
  hours: wholeNumber(1, 168).default(1),
  width: wholeNumber(200, 1200).default(600),
  theme: oneOf('auto', 'light', 'dark').default('auto'),
});

/** Returns the handler of `GET /services/:name/timeline.svg`: the last hours of a service as a picture. */
export function getTimelineSvg({
  settled,
  config,
  now,
}: ReadPipeline): (context: RouterContext) => Promise<void> {
  const rules = { gapSeconds: config.GAP_SECONDS, maxDelaySeconds: config.MAX_DELAY_SECONDS };
  return async (context) => {
    const serviceName = context.params.name ?? '';
    const { hours, width, theme } = readQuery(pictureQuery, context.query);
    const database = await settled();
    if (nameFault(serviceName) !== undefined || !(await isKnown(database, serviceName))) {
      throw new Problem(404, 'not-found', 'This service was never reported.');
    }
    const nowSeconds = now();
    const seconds = hours * 3600;
    // It moves by whole pixels, so that it stays the same, and its ETag too, while nothing could be seen to move.
    const step = Math.max(1, Math.floor(seconds / width));
    const to = Math.ceil(nowSeconds / step) * step;
    const from = Math.max(0, to - seconds);
    const timelines = await timelinesOf(
      database,
      { serviceNames: [serviceName], from, to },
      nowSeconds,
      rules,
    );
    const svg = timelineSvg({
      serviceName,
      intervals: timelines.get(serviceName) ?? [],
      from,
      to,
      provisionalSeconds: config.MAX_DELAY_SECONDS + 1,
      width,
      theme,
    });
    answerSvg(context, svg, config.READ_TOKENS.length === 0);
  };
}

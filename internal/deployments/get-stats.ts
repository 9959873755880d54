import type { Context } from 'koa';
import { z } from 'zod';

import { answerStream } from '../frontdoor/answer.ts';
import { readQuery, textWithout, wholeNumber } from '../frontdoor/query.ts';
import type { Pipeline } from '../pipeline/feature.ts';
import { only, recordPages, requireOrder, spanFields } from './get-records.ts';
import { END, historyOf, historyOfAll, placeBefore, START } from './queries.ts';
import { COMPONENT, componentFault } from './record.ts';
import { statsText } from './stats-text.ts';

export const statsQuery = z
  .object({
    component: textWithout(componentFault).optional().meta(only(COMPONENT)),
    ...spanFields,
    within: wholeNumber(0, 31_536_000)
      .default(86_400)
      .describe('Seconds after a success in which a `rolled-back` still makes it a failure.'),
  })
  .superRefine(requireOrder);
const PAGE_RECORDS = 2000;

/** Returns the handler of `GET /deployments/stats`: how often and how well each deployable is deployed. */
export function getStats({ database }: Pick<Pipeline, 'database'>): (context: Context) => Promise<void> {
  return async (context) => {
    const { component, environment, from, to, within } = readQuery(statsQuery, context.querystring);
    const rules = { withinSeconds: within, from, to };
    const start = placeBefore(from ?? START);
    const span = { from: start, to: to ?? END, environment };
    const pages = recordPages(PAGE_RECORDS, (last, limit) =>
      component === undefined
        ? historyOfAll(database, last ?? { ...start, component: '' }, span, limit)
        : historyOf(database, component, { ...span, after: last ?? start }, limit),
    );
    await answerStream(context, statsText(pages, rules));
  };
}

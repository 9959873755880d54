import type { Context } from 'koa';

import { answerStream } from '../frontdoor/answer.ts';
import type { Pipeline } from '../pipeline/feature.ts';
import type { FigureRules } from './delivery-tally.ts';
import { pagesOf } from './pages.ts';
import { END, placeBefore, START } from './place.ts';
import { historyOf, historyOfAll } from './queries.ts';
import { component, environment, QueryReader, wholeNumber } from './query-reader.ts';
import { statsText } from './stats-text.ts';

const DEFAULT_WITHIN_SECONDS = 86_400;
const MAX_WITHIN_SECONDS = 31_536_000;
const PAGE_RECORDS = 2000;

/** Returns the handler of `GET /deployments/stats`: how often and how well each deployable is deployed. */
export function getStats({ database }: Pick<Pipeline, 'database'>): (context: Context) => Promise<void> {
  return async (context) => {
    const { only, environment, rules } = readQuery(context);
    const from = placeBefore(rules.from ?? START);
    const to = rules.to ?? END;
    const pages = pagesOf(PAGE_RECORDS, (last, limit) =>
      only === undefined
        ? historyOfAll(database, last ?? { ...from, component: '' }, { from, to, environment }, limit)
        : historyOf(database, only, { after: last ?? from, to, environment }, limit),
    );
    await answerStream(context, statsText(pages, rules));
  };
}

interface StatsQuery {
  /** The one component that is asked for. */
  readonly only: string | undefined;
  readonly environment: string | undefined;
  readonly rules: FigureRules;
}

/** Throws a 400 with each fault. */
function readQuery({ query }: Context): StatsQuery {
  const reader = new QueryReader(query);
  const asked = {
    only: reader.read('component', component),
    environment: reader.read('environment', environment),
  };
  const { from, to } = reader.readSpan();
  const within = reader.read('within', wholeNumber(0, MAX_WITHIN_SECONDS));
  reader.requireGood();
  return { ...asked, rules: { withinSeconds: within ?? DEFAULT_WITHIN_SECONDS, from, to } };
}

import type { Context } from 'koa';

import { answerStream } from '../frontdoor/answer.ts';
import type { Pipeline } from '../pipeline/feature.ts';
import { recordPages, recordsText } from './pages.ts';
import { currentRecords } from './queries.ts';

// One page is one snapshot: up to so many deployables the answer shows each request's records all or not at all.
const PAGE_RECORDS = 20_000;
const BEFORE_ALL = { component: '', environment: '' };

/** Returns the handler of `GET /current`: the newest record of every component in every environment. */
export function getCurrent({ database }: Pick<Pipeline, 'database'>): (context: Context) => Promise<void> {
  return (context) => {
    const pages = recordPages(PAGE_RECORDS, (after, limit) =>
      currentRecords(database, after ?? BEFORE_ALL, limit),
    );
    return answerStream(context, recordsText(pages));
  };
}

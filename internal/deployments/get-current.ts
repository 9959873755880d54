import type { Context } from 'koa';

import type { Pipeline } from '../pipeline/feature.ts';
import { answerRecords } from './answer-stream.ts';
import { pagesOf } from './pages.ts';
import { currentRecords } from './queries.ts';

// One page is one snapshot: up to so many deployables the answer shows each request's records all or not at all.
const PAGE_RECORDS = 20_000;
const BEFORE_ALL = { component: '', environment: '' };

/** Returns the handler of `GET /current`: the newest record of every component in every environment. */
export function getCurrent({
  database,
  logger,
}: Pick<Pipeline, 'database' | 'logger'>): (context: Context) => Promise<void> {
  return (context) => {
    const pages = pagesOf(PAGE_RECORDS, (after, limit) =>
      currentRecords(database, after ?? BEFORE_ALL, limit),
    );
    return answerRecords(context, pages, logger);
  };
}

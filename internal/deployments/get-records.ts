import type { RouterContext } from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';

import { answerJson, answerStream } from '../frontdoor/answer.ts';
import { pagesOf, type PageEnd } from '../frontdoor/pages.ts';
import { cursor, instant, readQuery, textWithout, wholeNumber } from '../frontdoor/query.ts';
import type { Pipeline } from '../pipeline/feature.ts';
import { compareInstants, FIRST_SECOND, type Instant } from '../time/instant.ts';
import {
  currentRecords,
  END,
  historyOf,
  placeBefore,
  recordCursor,
  START,
  type HistoryRange,
  type Place,
} from './queries.ts';
import {
  componentFault,
  ENVIRONMENT,
  environmentFault,
  MAX_CHARACTERS,
  recordJson,
  type DeploymentRecord,
} from './record.ts';

// One page is one snapshot: up to so many deployables the answer shows each request's records all or not at all.
const CURRENT_PAGE_RECORDS = 20_000;
const BEFORE_ALL = { component: '', environment: '' };

/** Returns the handler of `GET /current`: the newest record of every component in every environment. */
export function getCurrent({ database }: Pick<Pipeline, 'database'>): (context: Context) => Promise<void> {
  return (context) => {
    const pages = recordPages(CURRENT_PAGE_RECORDS, (after, limit) =>
      currentRecords(database, after ?? BEFORE_ALL, limit),
    );
    return answerStream(context, recordsText(pages));
  };
}

/** What is told of a name that may be asked for. */
export const only = ({ source }: RegExp) => ({
  ...{ description: 'Only this one.', pattern: source, maxLength: MAX_CHARACTERS },
});

/** What may be asked of histories: `from` the first of these instants, up to before the other. */
export const spanFields = {
  environment: textWithout(environmentFault).optional().meta(only(ENVIRONMENT)),
  // As early as records may be.
  from: instant(FIRST_SECOND).optional().describe('Only records at this time or later.'),
  to: instant(FIRST_SECOND).optional().describe('Only records before this time, which must be after `from`.'),
};
export const historicalQuery = z
  .object({
    ...spanFields,
    limit: wholeNumber(1, 10_000).optional().describe('Answer with a page of at most so many records.'),
    cursor: cursor(recordCursor).optional().describe('The `next_cursor` of the page before.'),
  })
  .superRefine(requireOrder);

// Of a streamed history: enough for few questions, and little enough to hold a few of them for each slow caller.
const PAGE_RECORDS = 1000;

/** Returns the handler of `GET /historical/:component`: all its records, oldest first, or with `limit` a page. */
export function getHistorical({
  database,
}: Pick<Pipeline, 'database'>): (context: RouterContext) => Promise<void> {
  return async (context) => {
    const { range, limit } = readRange(context);
    const component = context.params.component ?? '';
    // What can be no name was never seen, and Postgres takes no U+0000 in a question either.
    const isName = componentFault(component) === undefined;
    const read = (after: Place, most: number): Promise<readonly DeploymentRecord[]> =>
      isName ? historyOf(database, component, { ...range, after }, most) : Promise.resolve([]);
    if (limit === undefined) {
      const pages = recordPages(PAGE_RECORDS, (after, most) => read(after ?? range.after, most));
      await answerStream(context, recordsText(pages));
    } else {
      // One more than asked for shows whether there is another page.
      answerPage(context, await read(range.after, limit + 1), limit);
    }
  };
}

function answerPage(context: RouterContext, found: readonly DeploymentRecord[], limit: number): void {
  const records = found.slice(0, limit);
  const cursor = recordCursor.json(found.length > limit ? records.at(-1) : undefined);
  answerJson(context, `{"Records":[${records.map(recordJson).join(',')}],"next_cursor":${cursor}}`);
}

/** Finds fault with a span that does not begin before it ends. */
export function requireOrder(
  { from, to }: { readonly from?: Instant | undefined; readonly to?: Instant | undefined },
  context: z.RefinementCtx,
): void {
  if (from === undefined || to === undefined || compareInstants(from, to) < 0) return;
  context.addIssue({ code: 'custom', path: ['to'], message: 'must be after from' });
}

/** Throws a 400 with each fault. */
function readRange({ querystring }: RouterContext): { range: HistoryRange; limit: number | undefined } {
  const { environment, from, to, limit, cursor = START } = readQuery(historicalQuery, querystring);
  const start = from === undefined ? START : placeBefore(from);
  // The later of the two.
  const after = compareInstants(cursor, start) < 0 ? start : cursor;
  return { range: { after, to: to ?? END, environment }, limit };
}

/** Records that were read at once. */
export interface RecordPage extends PageEnd<DeploymentRecord> {
  readonly records: readonly DeploymentRecord[];
}

/** Reads records `pageSize` at a time; `read` is given the last record so far. */
export function recordPages(
  pageSize: number,
  read: (after: DeploymentRecord | undefined, limit: number) => Promise<readonly DeploymentRecord[]>,
): AsyncGenerator<RecordPage, void, undefined> {
  return pagesOf(async (after: DeploymentRecord | undefined) => {
    const records = await read(after, pageSize);
    return { records, last: records.at(-1), isLast: records.length < pageSize };
  });
}

/** The answer `{"Records":[…]}`, a piece for each page. */
export async function* recordsText(
  pages: AsyncIterable<Pick<RecordPage, 'records' | 'isLast'>>,
): AsyncGenerator<string, void, undefined> {
  let isFirst = true;
  for await (const { records, isLast } of pages) {
    const opening = isFirst ? '{"Records":[' : records.length > 0 ? ',' : '';
    yield opening + records.map(recordJson).join(',') + (isLast ? ']}' : '');
    isFirst = false;
  }
}

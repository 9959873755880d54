import type { RouterContext } from '@koa/router';

import { answerJson, answerStream } from '../frontdoor/answer.ts';
import type { Pipeline } from '../pipeline/feature.ts';
import { pagesOf, recordsText } from './pages.ts';
import { decodeCursor, encodeCursor, END, placeBefore, START, type Place } from './place.ts';
import { historyOf, type HistoryRange } from './queries.ts';
import { environment, QueryReader, wholeNumber, type QueryField } from './query-reader.ts';
import { componentFault, type DeploymentRecord } from './record.ts';
import { recordJson } from './record-json.ts';
import { compareInstants } from './timestamp.ts';

/** Most records of one page. */
export const MAX_LIMIT = 10_000;
// Of a streamed history: enough for few questions, and little enough to hold a few of them for each slow caller.
const PAGE_RECORDS = 1000;

/** Returns the handler of `GET /historical/:component`: all its records, oldest first, or with `limit` a page. */
export function getHistorical({
  database,
}: Pick<Pipeline, 'database'>): (context: RouterContext) => Promise<void> {
  return async (context) => {
    const { range, limit } = readQuery(context);
    const component = context.params.component ?? '';
    // What can be no name was never seen, and Postgres takes no U+0000 in a question either.
    const isName = componentFault(component) === undefined;
    const read = (after: Place, most: number): Promise<readonly DeploymentRecord[]> =>
      isName ? historyOf(database, component, { ...range, after }, most) : Promise.resolve([]);
    if (limit === undefined) {
      const pages = pagesOf(PAGE_RECORDS, (after, most) => read(after ?? range.after, most));
      await answerStream(context, recordsText(pages));
    } else {
      // One more than asked for shows whether there is another page.
      answerPage(context, await read(range.after, limit + 1), limit);
    }
  };
}

function answerPage(context: RouterContext, found: readonly DeploymentRecord[], limit: number): void {
  const records = found.slice(0, limit);
  const last = records.at(-1);
  const cursor = found.length > limit && last !== undefined ? `"${encodeCursor(last)}"` : 'null';
  answerJson(context, `{"Records":[${records.map(recordJson).join(',')}],"next_cursor":${cursor}}`);
}

/** Throws a 400 with each fault. */
function readQuery({ query }: RouterContext): { range: HistoryRange; limit: number | undefined } {
  const reader = new QueryReader(query);
  const wanted = reader.read('environment', environment);
  const { from, to } = reader.readSpan();
  const limit = reader.read('limit', wholeNumber(1, MAX_LIMIT));
  const after = reader.read('cursor', cursorField) ?? START;
  reader.requireGood();
  const start = from === undefined ? START : placeBefore(from);
  return {
    // The later of the two.
    range: { after: compareInstants(after, start) < 0 ? start : after, to: to ?? END, environment: wanted },
    limit,
  };
}

const cursorField: QueryField<Place> = {
  parse: decodeCursor,
  message: 'must be the next_cursor of an answer',
};

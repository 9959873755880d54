import type { RouterContext } from '@koa/router';
import type { Context } from 'koa';
import type pg from 'pg';

import { answerStream } from '../frontdoor/answer.ts';
import { eventPages } from './event-pages.ts';
import { asJson, asLines, type EventFormat } from './event-text.ts';
import { requireRun } from './known.ts';

/**
 * Returns the handler of `GET /job/:name/:run_id/events`. The answer is written page by page, as fast as the caller
 * reads it: one page is held, and no connection to the database while the caller is slow.
 */
export function getRunEvents(database: pg.Pool): (context: RouterContext) => Promise<void> {
  return async (context) => {
    const { jobName, run } = await requireRun(database, context);
    const format = formatFor(context);
    context.vary('Accept');
    await answerStream(
      context,
      format.write(eventPages(database, { jobName, runId: run.runId })),
      format.type,
    );
  };
}

/** What is no valid Accept, or asks for something else, gets JSON. */
function formatFor(context: Context): EventFormat {
  const accepted = context.accepts('application/json', 'application/x-ndjson');
  return accepted === 'application/x-ndjson' ? asLines : asJson;
}

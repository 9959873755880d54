import { pipeline } from 'node:stream/promises';

import type { RouterContext } from '@koa/router';
import type { Context } from 'koa';
import type pg from 'pg';

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
    const text = format.write(eventPages(database, { jobName, runId: run.runId }));
    // The first page is read before the answer begins: if that fails, there still can be another answer.
    const first = await text.next();
    context.respond = false;
    context.res.writeHead(200, {
      'content-type': format.type,
      'cache-control': 'no-store',
      vary: 'Accept',
    });
    if (context.method === 'HEAD') context.res.end();
    else await send(context, continued(first, text));
  };
}

/** What is no valid Accept, or asks for something else, gets JSON. */
function formatFor(context: Context): EventFormat {
  const accepted = context.accepts('application/json', 'application/x-ndjson');
  return accepted === 'application/x-ndjson' ? asLines : asJson;
}

async function* continued(
  first: IteratorResult<string, void>,
  rest: AsyncGenerator<string, void, undefined>,
): AsyncGenerator<string, void, undefined> {
  if (first.done !== true) yield first.value;
  yield* rest;
}

/** If reading fails half way, the connection is cut, so that the caller cannot take what it got for all of it. */
async function send({ res }: Context, text: AsyncIterable<string>): Promise<void> {
  try {
    await pipeline(text, res);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** The caller went away, which is its own affair. */
function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

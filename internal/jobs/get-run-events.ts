import type { RouterContext } from '@koa/router';
import type { Context } from 'koa';
import type pg from 'pg';

import { answerStream } from '../frontdoor/answer.ts';
import { ndjsonTypes } from '../frontdoor/bodies.ts';
import { eventPages, type StoredEvent } from './event-pages.ts';
import { requireRun } from './get-jobs.ts';

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
  const accepted = context.accepts('application/json', ...ndjsonTypes);
  const isLines = typeof accepted === 'string' && ndjsonTypes.includes(accepted);
  return isLines ? { ...asLines, type: `${accepted}; charset=utf-8` } : asJson;
}

type Pages = AsyncIterable<readonly StoredEvent[]>;

/** How the events of a run are written. */
export interface EventFormat {
  readonly type: string;
  /** The text of all pages, a piece for each. */
  write(pages: Pages): AsyncGenerator<string, void, undefined>;
}

/** `{"events":[{generated_at, message_type, content}]}` */
export const asJson: EventFormat = {
  type: 'application/json; charset=utf-8',
  async *write(pages) {
    let separator = '{"events":[';
    for await (const page of pages) {
      yield separator + page.map(toJson).join(',');
      separator = ',';
    }
    yield separator === ',' ? ']}' : '{"events":[]}';
  },
};

/** The Spark events themselves, one per line. */
export const asLines: EventFormat = {
  type: 'application/x-ndjson; charset=utf-8',
  async *write(pages) {
    for await (const page of pages) yield page.map(toLine).join('');
  },
};

function toJson({ generatedMs, content }: StoredEvent): string {
  return `{"generated_at":${generatedMs},"message_type":"spark-event","content":${JSON.stringify(content)}}`;
}

/** Line breaks in JSON stand between its tokens only, where a blank means the same. */
function toLine({ content }: StoredEvent): string {
  return `${content.replace(/[\r\n]+/g, ' ')}\n`;
}

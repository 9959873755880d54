import { Readable } from 'node:stream';

import type { Context } from 'koa';

import { answerJson } from '../frontdoor/answer.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Page } from './pages.ts';
import { recordJson } from './record-json.ts';

/** Answers 200 with `{"Records":[…]}`, page by page, as fast as the caller takes them. */
export async function answerRecords(
  context: Context,
  pages: AsyncIterable<Page>,
  logger: Logger,
): Promise<void> {
  await answerStream(context, recordsText(pages), logger);
}

/**
 * Answers 200 with JSON text that is made bit by bit. The first bit is awaited before the answer begins, so that a
 * database that is away is still told with 503; what goes wrong later cuts the connection, and the caller sees that
 * the answer is not whole. A text of one bit is sent as any other answer, with its length.
 */
export async function answerStream(
  context: Context,
  text: AsyncGenerator<TextPart, void, undefined>,
  logger: Logger,
): Promise<void> {
  const first = await text.next();
  if (first.done === true || first.value.isLast) {
    answerJson(context, first.value?.text ?? '');
    return;
  }
  context.type = 'application/json; charset=utf-8';
  context.set('cache-control', 'no-store');
  // It reads one part ahead of what the connection has taken, and ends `text` when the caller goes away.
  context.body = Readable.from(allOf(first.value.text, text, logger));
}

/** A part of an answer. */
export interface TextPart {
  readonly text: string;
  readonly isLast: boolean;
}

async function* recordsText(pages: AsyncIterable<Page>): AsyncGenerator<TextPart, void, undefined> {
  let isFirst = true;
  for await (const { records, isLast } of pages) {
    const opening = isFirst ? '{"Records":[' : records.length > 0 ? ',' : '';
    yield { text: opening + records.map(recordJson).join(',') + (isLast ? ']}' : ''), isLast };
    isFirst = false;
  }
}

async function* allOf(
  first: string,
  rest: AsyncGenerator<TextPart, void, undefined>,
  logger: Logger,
): AsyncGenerator<string, void, undefined> {
  try {
    yield first;
    for await (const { text } of rest) yield text;
  } catch (error) {
    logger.warn({ error }, 'answer cut short');
    throw error;
  }
}

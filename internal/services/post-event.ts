import type { Context } from 'koa';

import { answerEmpty } from '../frontdoor/answer.ts';
import type { Pipeline } from '../pipeline/feature.ts';
import { reportParser } from './report-parser.ts';
import { reportTaker } from './take-report.ts';

/** Returns the handler of `POST /event`: the report is committed when it answers 200. */
export function postEvent({
  bodies,
  parser,
  shards,
  config,
  now,
}: Pipeline): (context: Context) => Promise<void> {
  const take = reportTaker(shards);
  const maxFutureSeconds = config.MAX_FUTURE_SECONDS;
  return (context) =>
    bodies.read(context.req, async (body) => {
      const report = await parser.parse(reportParser, body, { nowSeconds: now(), maxFutureSeconds });
      await take(report);
      answerEmpty(context);
    });
}

import { endEmpty } from '../frontdoor/answer.ts';
import type { HotWrite } from '../frontdoor/route.ts';
import type { Pipeline } from '../pipeline/feature.ts';
import { reportParser } from './report-parser.ts';
import { reportTaker } from './take-report.ts';

/** Returns the handler of `POST /event`: the report is committed when it answers 200. */
export function postEvent({ bodies, parser, shards, config, now }: Pipeline): HotWrite {
  const take = reportTaker(shards);
  const maxFutureSeconds = config.MAX_FUTURE_SECONDS;
  return (request, response, requestId) =>
    bodies.read(request, async (body) => {
      const report = await parser.parse(reportParser, body, { nowSeconds: now(), maxFutureSeconds });
      await take(report);
      endEmpty(response, requestId);
    });
}

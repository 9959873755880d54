import { endEmpty } from '../../frontdoor/answer.ts';
import { invalidRequest } from '../../frontdoor/problem.ts';
import type { HotWrite } from '../../frontdoor/route.ts';
import type { BodyParser } from '../../parsing/body-parser.ts';
import { parseJson } from '../../parsing/parse-json.ts';
import type { Pipeline } from '../../pipeline/feature.ts';
import { reportTaker } from './batches.ts';
import { parseReport, type Report } from './report.ts';

/** The server's clock in unix seconds, and how far a report may be ahead of it. */
export interface ReportClock {
  readonly nowSeconds: number;
  readonly maxFutureSeconds: number;
}

/** The body of `POST /event`. */
export const reportParser: BodyParser<ReportClock, Report> = {
  name: 'report',
  parse(body, { nowSeconds, maxFutureSeconds }) {
    const report = parseReport(parseJson(body), nowSeconds, maxFutureSeconds);
    if (Array.isArray(report)) throw invalidRequest(report);
    return report;
  },
};

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

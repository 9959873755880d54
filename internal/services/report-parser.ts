import { invalidRequest } from '../frontdoor/problem.ts';
import type { BodyParser } from '../parsing/body-parser.ts';
import { parseJson } from '../parsing/parse-json.ts';
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

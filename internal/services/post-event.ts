import type { Context } from 'koa';

import { answerEmpty } from '../frontdoor/answer.ts';
import type { Pipeline } from '../pipeline/feature.ts';
import { appendReport, reportBatches } from './columns.ts';
import { reportParser } from './report-parser.ts';

/** Returns the handler of `POST /event`: the report is committed when it answers 200. */
export function postEvent({
  bodies,
  parser,
  shards,
  config,
  now,
}: Pipeline): (context: Context) => Promise<void> {
  const lanes = shards.lanes(reportBatches);
  const maxFutureSeconds = config.MAX_FUTURE_SECONDS;
  return (context) =>
    bodies.read(context.req, async (body) => {
      const report = await parser.parse(reportParser, body, { nowSeconds: now(), maxFutureSeconds });
      const lane = lanes.of(report.serviceName);
      await shards.workers.acknowledge(lane.append(1, (columns) => appendReport(columns, report)));
      answerEmpty(context);
    });
}

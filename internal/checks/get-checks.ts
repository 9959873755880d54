import type { Context } from 'koa';

import { answerJson } from '../frontdoor/answer.ts';
import type { Pipeline } from '../pipeline/feature.ts';
import type { ChecksConfig } from './config.ts';
import { readTarget } from './asked-target.ts';
import { checkJson } from './check.ts';
import { checksOfWindow, countsOfWindow } from './queries.ts';
import { summaryOf } from './summary.ts';

/** Returns the handler of `GET /checks`: the checks of the last five minutes, oldest first. */
export function getChecks(pipeline: Pipeline<ChecksConfig>): (context: Context) => Promise<void> {
  const { database, now } = pipeline;
  return async (context) => {
    const target = await readTarget(pipeline, context);
    const checks = await checksOfWindow(database, target, now() * 1000);
    answerJson(context, JSON.stringify({ response: checks.map(checkJson) }));
  };
}

/** Returns the handler of `GET /checks/summary`: what those checks come to. */
export function getSummary(pipeline: Pipeline<ChecksConfig>): (context: Context) => Promise<void> {
  const { database, now } = pipeline;
  return async (context) => {
    const target = await readTarget(pipeline, context);
    const counts = await countsOfWindow(database, target === undefined ? undefined : [target], now() * 1000);
    answerJson(context, JSON.stringify(summaryOf(counts)));
  };
}

import type { RouterContext } from '@koa/router';

import { answerJson } from '../frontdoor/answer.ts';
import { nameFault } from '../frontdoor/fields.ts';
import { Problem } from '../frontdoor/problem.ts';
import { intervalsBetween } from './interval-stream.ts';
import { isKnown } from './queries.ts';
import type { ReadPipeline } from './read-pipeline.ts';
import { readStatsQuery } from './stats-query.ts';
import { STATS_RULES, StatsTally, type Exclusion } from './stats.ts';
import type { Interval } from './timeline.ts';

const MAX_LISTED = 100;

/** Returns the handler of `GET /services/:name/stats`: what a service's history comes to in a span. */
export function getStats({ settled, config, now }: ReadPipeline): (context: RouterContext) => Promise<void> {
  return async (context) => {
    const serviceName = context.params.name ?? '';
    const span = readStatsQuery(context.query, now(), config.MAX_DELAY_SECONDS);
    const database = await settled();
    if (nameFault(serviceName) !== undefined || !(await isKnown(database, serviceName))) {
      throw new Problem(404, 'not-found', 'This service was never reported.');
    }
    const excluded: object[] = [];
    let excludedCount = 0;
    const tally = new StatsTally(span, (interval, reason) => {
      if (++excludedCount <= MAX_LISTED) excluded.push(toExcluded(interval, reason));
    });
    for await (const interval of intervalsBetween(database, serviceName, span, config.GAP_SECONDS)) {
      tally.add(interval);
    }
    const stats = tally.stats();
    const answer = {
      from: span.from,
      to: span.to,
      within_seconds: span.withinSeconds,
      time_share: stats.timeShare,
      intervals: stats.intervals,
      mean_issue_seconds: stats.meanIssueSeconds,
      longest_issue_seconds: stats.longestIssueSeconds,
      deploys_per_day: stats.deploysPerDay,
      change_failure_rate: stats.changeFailureRate,
      time_to_restore_seconds: stats.timeToRestoreSeconds,
      rules: STATS_RULES,
      excluded,
      excluded_count: excludedCount,
    };
    answerJson(context, JSON.stringify(answer));
  };
}

function toExcluded({ state, start, end }: Interval, reason: Exclusion): object {
  return { state, start_time: start, end_time: end, reason };
}

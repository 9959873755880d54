import type { RouterContext } from '@koa/router';
import { z } from 'zod';

import { answerJson } from '../../frontdoor/answer.ts';
import { completeSpan, instant, readQuery, unitsFrom, wholeNumber } from '../../frontdoor/query.ts';
import { provisionalSeconds } from '../timeline.ts';
import { requireHistory, type Reading } from './one-service.ts';
import { STATS_RULES, StatsTally, type Excluded, type StatsSpan } from './stats.ts';

const MAX_LISTED = 100;
const DAY_SECONDS = 86_400;
export const statsQuery = z.object({
  from: instant().optional().describe('Inclusive; a day before `to` without it.'),
  to: instant().optional().describe('Exclusive; now without it, and at the latest.'),
  within: wholeNumber(0, DAY_SECONDS)
    .default(600)
    .describe("Seconds after a deploy's end in which an issue that begins is that deploy's."),
});

/** Returns the handler of `GET /services/:name/stats`: what a service's history comes to in a span. */
export function getStats({ source, config, now }: Reading): (context: RouterContext) => Promise<void> {
  return async (context) => {
    const nowSeconds = now();
    const asked = readStatsQuery(context.querystring, nowSeconds);
    const { gapSeconds, intervals } = await requireHistory(source, context.params.name, asked.to);
    const notOverSeconds = provisionalSeconds({ gapSeconds, maxDelaySeconds: config.MAX_DELAY_SECONDS });
    const span = { ...asked, overBy: Math.min(asked.to, Math.floor(nowSeconds) - notOverSeconds) };
    const tally = new StatsTally(span, MAX_LISTED);
    for await (const interval of intervals) {
      if (interval.end <= span.from) break;
      tally.add(interval);
    }
    const { excluded, excludedCount, ...stats } = tally.stats();
    const answer = {
      from: span.from,
      to: span.to,
      within_seconds: span.withinSeconds,
      time_share: stats.timeShare,
      intervals: stats.intervals,
      mean_issue_seconds: stats.meanIssueSeconds,
      longest_issue_seconds: stats.longestIssueSeconds,
      so_far: {
        issues: stats.soFar.issues,
        unfinished: stats.soFar.unfinished,
        mean_issue_seconds: stats.soFar.meanSeconds,
        longest_issue_seconds: stats.soFar.longestSeconds,
        longest_is_unfinished: stats.soFar.isLongestUnfinished,
      },
      deploys_per_day: stats.deploysPerDay,
      change_failure_rate: stats.changeFailureRate,
      time_to_restore_seconds: stats.timeToRestoreSeconds,
      rules: STATS_RULES,
      excluded: excluded.map(toExcluded),
      excluded_count: excludedCount,
    };
    answerJson(context, JSON.stringify(answer));
  };
}

function toExcluded({ interval: { state, start, end }, reason }: Excluded): object {
  return { state, start_time: start, end_time: end, reason };
}

/** Reads `from`, `to` and `within`; the span ends now at the latest. Throws a 400 with each fault. */
function readStatsQuery(query: string, nowSeconds: number): Omit<StatsSpan, 'overBy'> {
  const asked = readQuery(statsQuery, query);
  const end = Math.floor(nowSeconds) + 1;
  const { from, to } = completeSpan(
    // Each second that the span touches is in it.
    { from: asked.from?.second, to: asked.to && Math.min(unitsFrom(asked.to, 1), end) },
    {
      end,
      usual: DAY_SECONDS,
      longest: 366 * DAY_SECONDS,
      turned: 'must be before to, and before now',
      tooLong: 'must be at most 366 days before to',
    },
  );
  return { from, to, withinSeconds: asked.within };
}

import type { Context } from 'koa';
import { z } from 'zod';

import { answerJson } from '../../frontdoor/answer.ts';
import { nameFault } from '../../frontdoor/fields.ts';
import { readQuery, severalOf, textWithout } from '../../frontdoor/query.ts';
import { issueHoursOf } from '../history/issue-hours.ts';
import { intervalsIn } from '../history/newest.ts';
import type { HistorySource } from '../history/reader.ts';
import { concatenate, intervalsOf, SECONDS_PER_HOUR, type Interval } from '../timeline.ts';
import { countIssues, type ServiceIssues } from './issues.ts';
import type { Reading } from './one-service.ts';

export const sharesQuery = z.object({
  service: severalOf(textWithout(nameFault), 100).meta({
    description: '1 to 100 names.',
    examples: [['web']],
  }),
});
const DAY_SECONDS = 86_400;
/** The spans that are told of, up to now. */
const SPANS = [DAY_SECONDS, 7 * DAY_SECONDS, 30 * DAY_SECONDS];

/** Returns the handler of `GET /shares`: how much of the last day, week and month services were in issue, and how often. */
export function getShares({ source, now }: Reading): (context: Context) => Promise<void> {
  return async (context) => {
    const { service } = readQuery(sharesQuery, context.query);
    const nowSeconds = now();
    const to = Math.floor(nowSeconds) + 1;
    const issues = await issuesOfEach(source, service, to, SPANS);
    const answer = {
      now: nowSeconds,
      to,
      services: Array.from(issues, ([service_name, spans]) => ({
        service_name,
        spans: spans.map((each, index) => {
          const seconds = SPANS[index] ?? 0;
          const issue_share = each.issueSeconds / seconds;
          return { seconds, issue_seconds: each.issueSeconds, issue_share, issues: each.issues };
        }),
      })),
    };
    answerJson(context, JSON.stringify(answer));
  };
}

/** Of each service what it was in issue in each of the spans up to `to`, of so many seconds each. */
export async function issuesOfEach(
  source: HistorySource,
  serviceNames: readonly string[],
  to: number,
  spans: readonly number[],
): Promise<Map<string, ServiceIssues[]>> {
  const from = Math.max(0, to - Math.max(...spans));
  const intervals = new Map<string, readonly Interval[]>();
  const alone: string[] = [];
  // An interval may reach over the edges by its gap.
  const margin = SECONDS_PER_HOUR;
  const read = await issueHoursOf(source, serviceNames, Math.max(0, from - margin), to + margin);
  for (const { serviceName, gapSeconds, hours } of read) {
    if (gapSeconds > margin) alone.push(serviceName);
    intervals.set(serviceName, gapSeconds > margin ? [] : intervalsOf(concatenate(hours), gapSeconds));
  }
  if (alone.length > 0) {
    for (const [name, { intervals: own }] of await intervalsIn(source, alone, from, to))
      intervals.set(name, own);
  }
  return new Map(
    Array.from(intervals, ([name, own]) => [
      name,
      spans.map((seconds) => countIssues(name, own, { from: Math.max(0, to - seconds), to })),
    ]),
  );
}

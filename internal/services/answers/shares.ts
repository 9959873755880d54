import type { Context } from 'koa';
import { z } from 'zod';

import { answerJson } from '../../frontdoor/answer.ts';
import { nameFault } from '../../frontdoor/fields.ts';
import { readQuery, severalOf, textWithout } from '../../frontdoor/query.ts';
import { issueIntervalsOf } from '../history/issue-hours.ts';
import type { HistorySource } from '../history/reader.ts';
import type { Interval } from '../timeline.ts';
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
  const intervals = new Map(serviceNames.map((name): [string, readonly Interval[]] => [name, []]));
  for await (const { serviceName, intervals: own } of issueIntervalsOf(source, serviceNames, from, to)) {
    intervals.set(serviceName, own);
  }
  return new Map(
    Array.from(intervals, ([name, own]) => [
      name,
      spans.map((seconds) => countIssues(name, own, { from: Math.max(0, to - seconds), to })),
    ]),
  );
}

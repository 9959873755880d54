import type { Context } from 'koa';
import { z } from 'zod';

import { answerJson } from '../../frontdoor/answer.ts';
import { nameFault } from '../../frontdoor/fields.ts';
import { readQuery, severalOf, textWithout } from '../../frontdoor/query.ts';
import type { TakeInterval } from '../fold.ts';
import { foldSpan, type Wanted } from '../history/folded.ts';
import { ownGapsOf } from '../history/hours.ts';
import type { HistorySource } from '../history/reader.ts';
import { SECONDS_PER_HOUR } from '../timeline.ts';
import type { ServiceIssues } from './issues.ts';
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
    const { service } = readQuery(sharesQuery, context.querystring);
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
  const pending = await source.pending({ serviceNames });
  const ownGaps = await ownGapsOf(source.database, serviceNames);
  const counts = new Map<string, IssueCount[]>();
  const wanted = serviceNames.map((serviceName): Wanted => {
    const own = spans.map((seconds) => new IssueCount(to - seconds, to));
    counts.set(serviceName, own);
    const take: TakeInterval = (state, start, end) => {
      if (state === 'issue') for (const count of own) count.add(start, end);
    };
    return { serviceName, gapSeconds: source.gapOf(serviceName, ownGaps.get(serviceName)), take };
  });
  const isLong = ({ gapSeconds }: Wanted) => gapSeconds > SECONDS_PER_HOUR;
  await foldSpan(
    source,
    wanted.filter((each) => !isLong(each)),
    pending,
    { from, to, onlyIssueHours: true },
  );
  // Their issues may go on over hours without one.
  await foldSpan(source, wanted.filter(isLong), pending, { from, to, onlyIssueHours: false });
  return new Map(
    Array.from(counts, ([serviceName, own]) => [
      serviceName,
      own.map(({ issues, issueSeconds }) => ({ serviceName, issues, issueSeconds })),
    ]),
  );
}

/** Counts issues that have a second in a span. */
class IssueCount {
  readonly #from: number;
  readonly #to: number;
  issues = 0;
  issueSeconds = 0;

  constructor(from: number, to: number) {
    this.#from = Math.max(0, from);
    this.#to = to;
  }

  add(start: number, end: number): void {
    if (start >= this.#to || end <= this.#from) return;
    this.issues++;
    this.issueSeconds += Math.min(end, this.#to) - Math.max(start, this.#from);
  }
}

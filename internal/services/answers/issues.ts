import type { Context } from 'koa';
import { z } from 'zod';

import { answerJson } from '../../frontdoor/answer.ts';
import { completeSpan, instant, readQuery, unitsFrom } from '../../frontdoor/query.ts';
import { intervalsWithIssues } from '../history/issue-hours.ts';
import type { HistorySource } from '../history/reader.ts';
import { SECONDS_PER_HOUR, type Interval } from '../timeline.ts';
import type { Reading } from './one-service.ts';

/** How often and how long a service was in issue in a span. */
export interface ServiceIssues {
  readonly serviceName: string;
  /** Intervals that have a second in the span. */
  readonly issues: number;
  readonly issueSeconds: number;
}

interface Span {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

export const issuesQuery = z.object({
  from: instant().optional().describe('An hour before `to` without it, a day before it at most.'),
  to: instant().optional().describe('Exclusive; now without it.'),
});
const MAX_LISTED = 1000;

/** Returns the handler of `GET /issues`: which services were in issue in a span, how often and how long. */
export function getIssues({ source, now }: Reading): (context: Context) => Promise<void> {
  const readOne = oneAtATime((span: Span) => servicesInIssue(source, span));
  return async (context) => {
    const nowSeconds = now();
    const span = readIssuesQuery(context.querystring, nowSeconds);
    const services = await readOne(span);
    const answer = {
      now: nowSeconds,
      ...span,
      services: services.slice(0, MAX_LISTED).map(({ serviceName, issues, issueSeconds }) => ({
        ...{ service_name: serviceName, issues, issue_seconds: issueSeconds },
      })),
      service_count: services.length,
    };
    answerJson(context, JSON.stringify(answer));
  };
}

/** The services that were in issue in the span, the longest first. */
export async function servicesInIssue(source: HistorySource, span: Span): Promise<ServiceIssues[]> {
  const { from, to } = span;
  const found: ServiceIssues[] = [];
  for await (const { serviceName, intervals } of intervalsWithIssues(source, from, to)) {
    const service = countIssues(serviceName, intervals, span);
    if (service.issues > 0) found.push(service);
  }
  return found.sort(
    (a, b) =>
      b.issueSeconds - a.issueSeconds || b.issues - a.issues || (a.serviceName < b.serviceName ? -1 : 1),
  );
}

/** What a service's intervals come to in a span. */
export function countIssues(
  serviceName: string,
  intervals: readonly Interval[],
  { from, to }: Span,
): ServiceIssues {
  const issues = intervals.filter(({ state, start, end }) => state === 'issue' && start < to && end > from);
  const seconds = issues.map(({ start, end }) => Math.min(end, to) - Math.max(start, from));
  return {
    serviceName,
    issues: issues.length,
    issueSeconds: seconds.reduce((sum, each) => sum + each, 0),
  };
}

/**
 * Has `work` done once at a time: pages ask every few seconds, and it goes through all services. Nobody gets what was read
 * before they asked.
 */
function oneAtATime<Argument, Result>(
  work: (argument: Argument) => Promise<Result>,
): (argument: Argument) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (argument) => {
    const next = last.then(() => work(argument));
    last = next.catch(() => undefined);
    return next;
  };
}

/** Reads `from` and `to`, a day apart at most; the last hour without them. Throws a 400 with each fault. */
function readIssuesQuery(query: string, nowSeconds: number): Span {
  const asked = readQuery(issuesQuery, query);
  const end = Math.floor(nowSeconds) + 1;
  return completeSpan(
    // Each second that the span touches is in it.
    { from: asked.from?.second, to: asked.to && Math.min(unitsFrom(asked.to, 1), end) },
    {
      end,
      usual: SECONDS_PER_HOUR,
      longest: 24 * SECONDS_PER_HOUR,
      turned: 'must be before to, and before now',
      tooLong: 'must be at most a day before to',
    },
  );
}

import type { Answer } from '../data/answer.ts';
import { useKept } from '../data/use-data.ts';

const EACH_MS = 10_000;

/** How often and how long a service was in issue in the last hour. */
export interface RecentIssues {
  readonly issues: number;
  readonly issueSeconds: number;
}

/** What the last hour was like for each service that was in issue in it; undefined while that is not known. */
export function useRecentIssues(): ReadonlyMap<string, RecentIssues> | undefined {
  return useKept('/issues', EACH_MS, byService).value;
}

function byService({ services }: Answer<'/issues'>): ReadonlyMap<string, RecentIssues> {
  return new Map(
    services.map(({ service_name, issues, issue_seconds }) => [
      service_name,
      { issues, issueSeconds: issue_seconds },
    ]),
  );
}

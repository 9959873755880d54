import { useMemo } from 'preact/hooks';

import type { Answer } from '../data/answer.ts';
import { useData } from '../data/use-data.ts';

const EACH_MS = 10_000;

/** How often and how long a service was in issue in the last hour. */
export interface RecentIssues {
  readonly issues: number;
  readonly issueSeconds: number;
}

/** What the last hour was like for each service that was in issue in it; undefined while that is not known. */
export function useRecentIssues(): ReadonlyMap<string, RecentIssues> | undefined {
  const { value } = useData<Answer<'/issues'>>('/issues', EACH_MS);
  return useMemo(
    () =>
      value &&
      new Map(
        value.services.map(({ service_name, issues, issue_seconds }) => [
          service_name,
          { issues, issueSeconds: issue_seconds },
        ]),
      ),
    [value],
  );
}

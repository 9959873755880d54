import type { Answer } from '../data/answer.ts';
import { useKept } from '../data/use-data.ts';
import { services } from '../live/store.ts';

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

let kept: ReadonlyMap<string, RecentIssues> = new Map();

/** Of a name there is one text, whoever tells it, and what is as it was stays the same object: its row is not drawn anew. */
function byService({ services: told }: Answer<'/issues'>): ReadonlyMap<string, RecentIssues> {
  const recent = new Map<string, RecentIssues>();
  for (const { service_name: name, issues, issue_seconds: issueSeconds } of told) {
    const before = kept.get(name);
    const isSame = before?.issues === issues && before.issueSeconds === issueSeconds;
    recent.set(services.items.get(name)?.name ?? name, isSame ? before : { issues, issueSeconds });
  }
  return (kept = recent);
}

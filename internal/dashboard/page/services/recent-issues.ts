import { useEffect } from 'preact/hooks';

import type { Answer } from '../data/answer.ts';
import { useKept } from '../data/use-data.ts';
import { services } from '../live/store.ts';

const EACH_MS = 10_000;

/** Has each service know what the last hour was like for it, while the list is shown. */
export function useRecentIssues(): void {
  useKept('/issues', EACH_MS, hand);
  useEffect(() => () => services.takeRecent([]), []);
}

/** The services keep it: an object for each, beside theirs, took a fifth of what they do. */
function hand({ services: told }: Answer<'/issues'>): void {
  services.takeRecent(
    told.map((each) => [each.service_name, { issues: each.issues, issueSeconds: each.issue_seconds }]),
  );
}

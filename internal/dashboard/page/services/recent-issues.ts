import { useEffect } from 'preact/hooks';

import type { Answer } from '../data/answer.ts';
import { useKept } from '../data/use-data.ts';
import { isAnythingKnown, services } from '../live/store.ts';

const EACH_MS = 10_000;

/**
 * Has each service know what the last hour was like for it, while the list is shown; once there are services that can. It shows
 * nothing, and is a component so that what is around it is not drawn anew with each answer.
 */
export function RecentIssues(): null {
  useKept(isAnythingKnown.value ? '/issues' : undefined, EACH_MS, handOver);
  useEffect(() => () => services.takeRecent([]), []);
  return null;
}

/** The services keep it: objects for it beside theirs took as much room again. */
function handOver({ services: told }: Answer<'/issues'>): void {
  services.takeRecent(told);
}

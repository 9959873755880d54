import type { Change } from './change.ts';

/** The newest change of something, and how many of it there are with it. */
export interface FoldedChange {
  readonly newest: Change;
  readonly count: number;
}

/** Each of what changed once, by its newest change, newest first: what flaps would push all else out of sight. */
export function foldChanges(changes: readonly Change[]): readonly FoldedChange[] {
  const folded = new Map<string, { newest: Change; count: number }>();
  for (const change of changes) {
    const key = JSON.stringify([change.kind, change.service, change.environment]);
    const known = folded.get(key);
    if (known === undefined) folded.set(key, { newest: change, count: 1 });
    else known.count++;
  }
  return [...folded.values()];
}

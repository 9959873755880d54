import type { Change } from './change.ts';

/** The newest change of something, and how many of it there are with it. */
export interface FoldedChange {
  readonly newest: Change;
  readonly count: number;
}

/**
 * Each of what changed once, by its newest change, newest first, and of them at most so many: what flaps would push all else
 * out of sight.
 */
export function foldChanges(changes: readonly Change[], most: number): readonly FoldedChange[] {
  const folded = new Map<string, { newest: Change; count: number }>();
  for (const change of changes) {
    const key = JSON.stringify([change.kind, change.service, change.environment]);
    const known = folded.get(key);
    if (known !== undefined) known.count++;
    else if (folded.size < most) folded.set(key, { newest: change, count: 1 });
  }
  return [...folded.values()];
}

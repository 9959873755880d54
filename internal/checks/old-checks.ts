import type { ClientBase } from 'pg';

import { WINDOW_MS } from './check.ts';

// The longest span of GET /checks/percent, and what its first points look back on.
const KEPT_MS = 86_400_000 + WINDOW_MS;

/** Checks before this go; in milliseconds since 1970. */
export function oldestKeptMs(nowSeconds: number): number {
  return Math.floor(nowSeconds * 1000) - KEPT_MS;
}

/** Deletes the checks before `cutoffMs`, in steps of at most `limit`, and returns how many. */
export async function deleteOldChecks(client: ClientBase, cutoffMs: number, limit: number): Promise<number> {
  for (let deleted = 0; ;) {
    const { rowCount } = await client.query(
      `
      delete from checks
      where (target, checked_ms) in (
        select target, checked_ms from checks where checked_ms < $1 order by checked_ms, target limit $2
      )`,
      [cutoffMs, limit],
    );
    deleted += rowCount ?? 0;
    if ((rowCount ?? 0) < limit) return deleted;
  }
}

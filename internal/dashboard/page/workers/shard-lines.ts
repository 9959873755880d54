import type { ShardFigures, ShardMoment } from '../live/shard-history.ts';
import type { Line } from '../parts/line-graph.tsx';

// More lines than this could not be told apart.
const MOST_LINES = 8;

/** A line for each shard; with too many shards, the sum of all, or the greatest of all where sums mean nothing. */
export function shardLines(
  moments: readonly ShardMoment[],
  valueOf: (figures: ShardFigures) => number | null,
  together: 'sum' | 'greatest',
): Line[] {
  const ids = [...new Set(moments.flatMap(({ shards }) => [...shards.keys()]))].sort((a, b) => a - b);
  if (ids.length > MOST_LINES) {
    const values = moments.map(({ shards }) => combine([...shards.values()].map(valueOf), together));
    return [{ title: together === 'sum' ? 'all shards' : 'slowest shard', values }];
  }
  return ids.map((id) => ({
    title: `shard ${id}`,
    values: moments.map(({ shards }) => {
      const figures = shards.get(id);
      return figures === undefined ? null : valueOf(figures);
    }),
  }));
}

function combine(values: readonly (number | null)[], together: 'sum' | 'greatest'): number | null {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return null;
  return together === 'sum' ? known.reduce((sum, value) => sum + value, 0) : Math.max(...known);
}

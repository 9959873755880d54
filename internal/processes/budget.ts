import { ConfigError } from '../config/config.ts';
import type { PipelineConfig } from '../config/pipeline.ts';
import { frontDoorConnections } from '../database/database.ts';
import type { FeatureParts } from '../pipeline/feature.ts';

/** How many connections to PostgreSQL one process has at most. */
export interface Budget {
  /** All together. */
  readonly connections: number;
  /** Of these, one for each worker: most workers of each shard. */
  readonly workers: readonly number[];
}

// On which the processes of all replicas hear each other.
const HEARING = 1;

/**
 * Shares out DATABASE_CONNECTIONS: what reads, settles and the like has what it needs, and workers have the rest, each shard at
 * least one. Throws a {@link ConfigError} if that cannot be.
 */
export function budgetOf<Config extends PipelineConfig>(
  config: Config,
  features: readonly Pick<FeatureParts<Config>, 'connections'>[],
): Budget {
  const { DATABASE_CONNECTIONS: all = Infinity, PROCESSES, SHARDS, WORKERS_PER_SHARD } = config;
  const ofFeatures = features.reduce((sum, { connections }) => sum + (connections?.(config) ?? 0), 0);
  const others =
    HEARING + frontDoorConnections(config.DATABASE_PREPARE, config.DATABASE_DIRECT_URL) + ofFeatures;
  const forWorkers = Math.min(Math.floor(all / PROCESSES) - others, SHARDS * WORKERS_PER_SHARD);
  if (forWorkers < SHARDS) {
    const least = PROCESSES * (SHARDS + others);
    const each = PROCESSES === 1 ? '' : `, for each of ${PROCESSES} processes`;
    throw new ConfigError([
      `DATABASE_CONNECTIONS must be at least ${least}: one for each of ${SHARDS} SHARDS and ${others} for all else${each} (got ${all})`,
    ]);
  }
  const workers = Array.from(
    { length: SHARDS },
    (_, shard) => Math.floor(forWorkers / SHARDS) + (shard < forWorkers % SHARDS ? 1 : 0),
  );
  return { connections: others + forWorkers, workers };
}

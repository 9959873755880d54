import type pg from 'pg';

import type { Logger } from '../telemetry/logger.ts';
import { lockArguments, type AdvisoryLock } from './advisory-locks.ts';
import { inTransaction } from './transaction.ts';

/** How the rows of a table are spread over the servers of a Citus cluster. */
export interface Spread {
  readonly table: string;
  /**
   * The column by whose hash a row is placed: part of all that is unique in the table. Of tables whose columns have one type,
   * rows with the same value lie together. Undefined: each server has a copy of the table, which should be small.
   */
  readonly by: string | undefined;
  /** Statements ahead of it, for what the table needs only there. */
  readonly first?: readonly string[];
}

/** The database cannot be used as a cluster, which it was said to be. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';
}

/** Keeps those apart who spread tables. */
export const spreadLock: AdvisoryLock = { name: 'spreading', number: 9 };
const LOCK = lockArguments(spreadLock);

/** The tables that are nobody's feature. */
export const ownSpreads: readonly Spread[] = [
  // A replica that is led to another server would not see a table of one, and migrate once more.
  { table: 'migrations', by: undefined },
  { table: 'readiness_probes', by: 'slot' },
];

/** What is known of a database that should be a cluster. */
export interface ClusterFacts {
  /** Citus is installed on its server, loaded by it, and created in the database. */
  readonly available: boolean;
  readonly preloaded: boolean;
  readonly created: boolean;
  /** Servers that may hold rows. */
  readonly nodes: number;
  /** The server is the one that plans for all. */
  readonly leads: boolean;
}

/** Why a database is no cluster over which tables can be spread, in one sentence that says what to do. */
export function clusterFault(facts: ClusterFacts): string | undefined {
  const { available, preloaded, created, nodes, leads } = facts;
  if (!available) {
    return 'the server of DATABASE_URL has no Citus installed: install it there and on each node, or leave DISTRIBUTE out.';
  }
  if (!preloaded) {
    return "the server of DATABASE_URL does not load Citus: set shared_preload_libraries = 'citus' on each node and start it again.";
  }
  if (!created) {
    return 'the database of DATABASE_URL does not have the extension: run "create extension citus" in it, on each node.';
  }
  if (nodes === 0) {
    return 'the database of DATABASE_URL knows no nodes: run "select citus_set_coordinator_host(…)" and "select citus_add_node(…)" in it, for each node.';
  }
  if (!leads) {
    return 'DATABASE_URL leads to a node of the cluster that is not its coordinator: locks and notifications are of the coordinator only.';
  }
  return undefined;
}

/** Throws a {@link ClusterError} with one sentence unless the connection is to the coordinator of a Citus cluster. */
export async function requireCluster(client: pg.Client): Promise<void> {
  const { rows } = await client.query<Pick<ClusterFacts, 'available' | 'preloaded' | 'created'>>(`
    select exists (select from pg_available_extensions where name = 'citus') as available,
      current_setting('citus.shard_count', true) is not null as preloaded,
      exists (select from pg_extension where extname = 'citus') as created`);
  const facts = { available: false, preloaded: false, created: false, ...rows[0] };
  // Without the extension there is nothing to ask.
  const { rows: told } = facts.created
    ? await client.query<Pick<ClusterFacts, 'nodes' | 'leads'>>(
        `select citus_is_coordinator() as leads, count(*)::int4 as nodes from pg_dist_node where shouldhaveshards`,
      )
    : { rows: [] };
  const fault = clusterFault({ nodes: 0, leads: false, ...facts, ...told[0] });
  if (fault !== undefined) throw new ClusterError(`DISTRIBUTE is citus, but ${fault}`);
}

/**
 * Spreads those of the tables that are not spread yet, with all that is in them; who writes to one waits meanwhile. Each in a
 * transaction of its own: whoever is stopped in between goes on with the others the next time.
 */
export async function spreadTables(
  client: pg.Client,
  spreads: readonly Spread[],
  logger: Logger,
): Promise<void> {
  if ((await missing(client, spreads)).length === 0) return;
  await client.query(`select pg_advisory_lock(${LOCK})`);
  // Asked for again: another one may have done it meanwhile. The lock goes with the connection.
  const todo = await missing(client, spreads);
  for (const { table, by, first = [] } of todo) {
    await inTransaction(client, async () => {
      for (const statement of first) await client.query(statement);
      if (by === undefined) await client.query('select create_reference_table($1)', [table]);
      else await client.query('select create_distributed_table($1, $2)', [table, by]);
    });
    // What was in it lies on the coordinator, too, until then.
    await client.query('select truncate_local_data_after_distributing_table($1)', [table]);
  }
  await client.query(`select pg_advisory_unlock(${LOCK})`);
  logger.info({ tables: todo.map(({ table }) => table) }, 'tables distributed');
}

async function missing(client: pg.Client, spreads: readonly Spread[]): Promise<Spread[]> {
  const { rows } = await client.query<{ table: string }>(
    'select relname as table from pg_dist_partition join pg_class on pg_class.oid = logicalrelid',
  );
  const known = new Set(rows.map(({ table }) => table));
  return spreads.filter(({ table }) => !known.has(table));
}

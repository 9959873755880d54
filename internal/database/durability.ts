import type pg from 'pg';

/** The database may lose what it has committed, so an answer of 2xx would be a lie. */
export class UnsafeDatabaseError extends Error {
  override readonly name = 'UnsafeDatabaseError';
}

/** A node of a cluster does not tell its settings. */
export class NodeUnreachableError extends Error {
  override readonly name = 'NodeUnreachableError';
}

const UNSAFE = `
  select name || ' = ' || setting as setting
  from pg_settings
  where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting = 'off'
  order by name`;

/**
 * The database's settings that make COMMIT not durable, such as `fsync = off`; empty if there is none. Those of the nodes as
 * well if it is a Citus cluster: what is committed is committed there, in sessions that the node's own settings are for.
 * Our connections switch `synchronous_commit` on for themselves; it is off only if the connection string says so, or where
 * a pooler shares sessions, so that they cannot.
 */
export async function unsafeSettings(database: pg.Pool): Promise<string[]> {
  const { rows } = await database.query<{ setting: string }>(UNSAFE);
  const { rowCount } = await database.query("select from pg_extension where extname = 'citus'");
  const ofNodes = rowCount === 0 ? [] : await unsafeSettingsOfNodes(database);
  return [...rows.map(({ setting }) => setting), ...ofNodes];
}

async function unsafeSettingsOfNodes(database: pg.Pool): Promise<string[]> {
  const { rows } = await database.query<{ node: string; success: boolean; result: string }>(
    `select nodename || ':' || nodeport as node, success, result
     from run_command_on_workers($1)
     order by nodename, nodeport`,
    [`select coalesce(string_agg(setting, ', '), '') from (${UNSAFE}) as settings`],
  );
  const silent = rows.find(({ success }) => !success);
  if (silent !== undefined) {
    throw new NodeUnreachableError(
      `The node ${silent.node} of the cluster cannot be asked whether commits are durable there (${silent.result}).`,
    );
  }
  return rows.filter(({ result }) => result !== '').map(({ node, result }) => `${result} on ${node}`);
}

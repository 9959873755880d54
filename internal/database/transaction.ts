import type { ClientBase, QueryConfig } from 'pg';

/**
 * Runs `work` in a transaction and resolves only when COMMIT really committed: the COMMIT of an aborted transaction
 * succeeds too, with the tag ROLLBACK.
 */
export async function inTransaction<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await client.query('rollback').catch(() => undefined); // The first error is the one to tell.
    throw error;
  }
  const { command } = await client.query('commit');
  if (command !== 'COMMIT') throw new Error(`the transaction ended with ${command}`);
  return result;
}

/** Runs a statement that deletes at most `limit` rows, until it deletes fewer; resolves to how many it deleted in all. */
export async function deleteInSteps(
  client: ClientBase,
  limit: number,
  statement: QueryConfig,
): Promise<number> {
  for (let deleted = 0; ;) {
    const { rowCount } = await client.query(statement);
    deleted += rowCount ?? 0;
    if ((rowCount ?? 0) < limit) return deleted;
  }
}

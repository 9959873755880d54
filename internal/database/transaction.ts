import type { ClientBase, QueryConfig } from 'pg';

/** COMMIT succeeded, and yet it is not known whether all that was written is there, or will be. */
export class UncertainCommitError extends Error {
  override readonly name = 'UncertainCommitError';
}

/**
 * Runs `work` in a transaction and resolves only when COMMIT really committed: the COMMIT of an aborted transaction
 * succeeds too, with the tag ROLLBACK, and that of a cluster whose node went down meanwhile, with a warning.
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
  const { command } = await withoutWarning(client, () => client.query('commit'));
  if (command !== 'COMMIT') throw new Error(`the transaction ended with ${command}`);
  return result;
}

/** Runs a statement that commits, and throws an {@link UncertainCommitError} if the database warns of something. */
export async function withoutWarning<T>(client: ClientBase, commit: () => Promise<T>): Promise<T> {
  const warnings: string[] = [];
  const hear = ({ severity, message }: { severity?: string | undefined; message?: string | undefined }) => {
    if (severity === 'WARNING') warnings.push(message ?? severity);
  };
  client.on('notice', hear);
  const result = await commit().finally(() => client.off('notice', hear));
  if (warnings.length > 0) throw new UncertainCommitError(`committed with a warning: ${warnings.join('; ')}`);
  return result;
}

/** Where rows of a table are kept before their deletion is committed; `write` resolves once these, as JSON, are on disk. */
export interface Archived {
  readonly table: string;
  write(lines: readonly string[]): Promise<void>;
}

/** Runs a statement that deletes at most `limit` rows, until it deletes fewer; resolves to how many it deleted in all. */
export async function deleteInSteps(
  client: ClientBase,
  limit: number,
  statement: QueryConfig,
  archived?: Archived,
): Promise<number> {
  for (let deleted = 0; ;) {
    const step =
      archived === undefined
        ? ((await client.query(statement)).rowCount ?? 0)
        : await inTransaction(client, () => deleteArchived(client, statement, archived));
    deleted += step;
    if (step < limit) return deleted;
  }
}

/** Runs a statement that deletes in the caller's transaction, and archives what it deletes. Resolves to how many rows. */
export async function deleteArchived(
  client: ClientBase,
  { text, values }: QueryConfig,
  archived: Archived | undefined,
): Promise<number> {
  if (archived === undefined) return (await client.query(text, values)).rowCount ?? 0;
  // A cluster returns the row of a change as it is only.
  const { rows } = await client.query<{ line: string }>(
    `with deleted as (${text} returning ${archived.table}.*) select row_to_json(deleted)::text as line from deleted`,
    values,
  );
  await archived.write(rows.map(({ line }) => line));
  return rows.length;
}

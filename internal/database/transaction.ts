import type { ClientBase, QueryConfig } from 'pg';

import { isPipelined } from './pipeline.ts';

/** COMMIT succeeded, and yet it is not known whether all that was written is there, or will be. */
export class UncertainCommitError extends Error {
  override readonly name = 'UncertainCommitError';
}

/**
 * Is given the answers of a transaction's last statements, which are sent: where the connection is pipelined, COMMIT is sent
 * behind them, and their answers are waited for together with its own. Elsewhere it resolves when they do.
 */
export type ThenCommit = (last: Promise<unknown>) => Promise<unknown>;

/**
 * Runs `work` in a transaction and resolves only when COMMIT really committed: the COMMIT of an aborted transaction
 * succeeds too, with the tag ROLLBACK, and that of a cluster whose node went down meanwhile, with a warning.
 */
export async function inTransaction<T>(
  client: ClientBase,
  work: (thenCommit: ThenCommit) => Promise<T>,
): Promise<T> {
  // Waited for, pipelined or not: if this one failed, as it took too long, what is sent behind it would commit by itself.
  await client.query('begin');
  let last: Promise<unknown> = Promise.resolve();
  const thenCommit: ThenCommit = async (answers) => {
    if (!isPipelined(client)) return answers;
    last = answers;
    // Thrown below, unless the work throws as well.
    last.catch(() => undefined);
    return undefined;
  };
  let result: T;
  try {
    result = await work(thenCommit);
  } catch (error) {
    await client.query('rollback').catch(() => undefined); // The first error is the one to tell.
    throw error;
  }
  const committed = withoutWarning(client, () => client.query('commit'));
  // What made it a ROLLBACK is told first.
  const [, { command }] = await Promise.all([last, committed]);
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

/** Runs a statement that deletes, and archives what it deletes; resolves to how many rows. */
export type Delete = (
  client: ClientBase,
  statement: QueryConfig,
  archived: Archived | undefined,
) => Promise<number>;

/** Runs a statement that deletes at most `limit` rows, until it deletes fewer; resolves to how many it deleted in all. */
export async function deleteInSteps(
  client: ClientBase,
  limit: number,
  statement: QueryConfig,
  archived?: Archived,
  run: Delete = deleteArchived,
): Promise<number> {
  for (let deleted = 0; ;) {
    const step =
      archived === undefined
        ? await run(client, statement, undefined)
        : await inTransaction(client, () => run(client, statement, archived));
    deleted += step;
    if (step < limit) return deleted;
  }
}

/** Runs a statement that deletes in the caller's transaction, and archives what it deletes. Resolves to how many rows. */
export async function deleteArchived(
  client: ClientBase,
  statement: QueryConfig,
  archived: Archived | undefined,
): Promise<number> {
  if (archived === undefined) return (await client.query(statement)).rowCount ?? 0;
  const { text, values } = statement;
  // A cluster returns the row of a change as it is only.
  const telling = `with deleted as (${text} returning ${archived.table}.*) select row_to_json(deleted)::text as line from deleted`;
  return deleteTold(client, { text: telling, ...(values && { values }) }, archived);
}

/** The same with a statement that itself answers with the `line` to archive of each row. */
export async function deleteTold(
  client: ClientBase,
  statement: QueryConfig,
  archived: Archived | undefined,
): Promise<number> {
  const { rows } = await client.query<{ line: string }>(statement);
  await archived?.write(rows.map(({ line }) => line));
  return rows.length;
}

import type { ClientBase } from 'pg';

/** Whether what is sent on this connection does not wait for the answers to what was sent before. */
export function isPipelined(client: ClientBase): boolean {
  return 'pipeline' in client && client.pipeline === true;
}

type Answers<Statements extends readonly (() => Promise<unknown>)[]> = {
  [Index in keyof Statements]: Awaited<ReturnType<Statements[Index]>>;
};

/**
 * Runs statements in this order. Where the connection is pipelined they are sent together, which costs one way there and back
 * instead of one each. So that none takes effect if one before it fails, they have to be in a transaction, which that aborts.
 * Resolves to their answers, or rejects with the first error.
 */
export async function inOrder<Statements extends readonly (() => Promise<unknown>)[]>(
  client: ClientBase,
  ...statements: Statements
): Promise<Answers<Statements>> {
  const answers: unknown[] = [];
  if (isPipelined(client)) answers.push(...(await Promise.all(statements.map((send) => send()))));
  else for (const send of statements) answers.push(await send());
  return answers as Answers<Statements>;
}

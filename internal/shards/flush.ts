import { threadId } from 'node:worker_threads';

import type pg from 'pg';

import { isTransient } from '../database/sqlstate.ts';
import { inTransaction } from '../database/transaction.ts';
import type { FlushResult, FlushTask } from './protocol.ts';
import type { Sink } from './sink.ts';

/** Most times one flush tries the database. */
export const MAX_ATTEMPTS = 6;
const FIRST_PAUSE_MS = 50;

/** What a flush needs of the outside; injected, so that tests count attempts and pauses. */
export interface FlushContext {
  readonly pool: Pick<pg.Pool, 'connect'>;
  readonly sinks: ReadonlyMap<string, Sink<unknown>>;
  pause(ms: number): Promise<void>;
}

/**
 * Writes one batch in one transaction, with a bounded number of tries after transient errors. A try whose COMMIT got
 * lost is repeated too: its outcome is not known, and writing the same columns twice changes nothing.
 */
export async function flush(task: FlushTask, context: FlushContext): Promise<FlushResult> {
  const sink = context.sinks.get(task.sink);
  if (sink === undefined) throw new Error(`no sink is called ${task.sink}`);
  const deadlineMs = performance.now() + task.timeoutMs;
  for (let attempt = 1; ; attempt++) {
    try {
      await withDeadline(writeOnce(sink, task.columns, context.pool, deadlineMs), deadlineMs);
      return { outcome: 'committed', workerId: threadId, attempts: attempt };
    } catch (error) {
      const transient = isTransient(error) || error instanceof DeadlineError;
      const pauseMs = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random());
      const timeLeft = performance.now() + pauseMs < deadlineMs;
      if (!transient || !timeLeft || attempt >= MAX_ATTEMPTS) {
        const message = error instanceof Error ? error.message : String(error);
        return { outcome: 'failed', workerId: threadId, attempts: attempt, transient, message };
      }
      await context.pause(pauseMs);
    }
  }
}

async function writeOnce(
  sink: Sink<unknown>,
  columns: unknown,
  pool: FlushContext['pool'],
  deadlineMs: number,
): Promise<void> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // A connection that is still busy at the deadline is stuck: it is closed, not given back.
  const stuck = setTimeout(() => {
    broken = new DeadlineError();
    client.release(broken);
  }, deadlineMs - performance.now());
  try {
    if (sink.singleStatement) await sink.write(client, columns);
    else await inTransaction(client, () => sink.write(client, columns));
    if (broken === undefined) client.release();
  } catch (error) {
    if (broken === undefined) client.release(isTransient(error) ? true : undefined);
    throw error;
  } finally {
    clearTimeout(stuck);
  }
}

class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
  constructor() {
    super('the database did not answer in time');
  }
}

async function withDeadline<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlineError()), deadlineMs - performance.now());
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

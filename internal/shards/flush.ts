import { threadId } from 'node:worker_threads';

import type pg from 'pg';

import { DeadlineError, withDeadline } from '../database/deadline.ts';
import { isTransient } from '../database/sqlstate.ts';
import { inTransaction } from '../database/transaction.ts';
import { pauseMs } from '../time/back-off.ts';
import type { FlushResult, FlushTask } from './protocol.ts';
import type { Sink } from './sink.ts';

/** Most times one flush tries the database. */
export const MAX_ATTEMPTS = 6;
const PAUSES = { firstMs: 50, longestMs: 2000 };

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
    const attempted: Attempt = { isGivenUp: false };
    try {
      const written = writeOnce(sink, task.columns, context.pool, deadlineMs, attempted);
      const answer = await withDeadline(written, deadlineMs - performance.now());
      return {
        outcome: 'committed',
        workerId: threadId,
        attempts: attempt,
        ...(answer !== undefined && { answer }),
      };
    } catch (error) {
      attempted.isGivenUp = true;
      const transient = isTransient(error);
      const restMs = pauseMs(attempt, PAUSES);
      const timeLeft = performance.now() + restMs < deadlineMs;
      if (!transient || !timeLeft || attempt >= MAX_ATTEMPTS) {
        const message = error instanceof Error ? error.message : String(error);
        return { outcome: 'failed', workerId: threadId, attempts: attempt, transient, message };
      }
      await context.pause(restMs);
    }
  }
}

/** What a try goes by that waits for its connection: nobody wants it written any more. */
interface Attempt {
  isGivenUp: boolean;
}

async function writeOnce(
  sink: Sink<unknown>,
  columns: unknown,
  pool: FlushContext['pool'],
  deadlineMs: number,
  attempt: Attempt,
): Promise<unknown> {
  const client = await pool.connect();
  // Not told by the clock: on a busy machine timers run early, by as long as their turn of the loop was held up.
  if (attempt.isGivenUp) {
    client.release();
    throw new DeadlineError('there was no connection in time');
  }
  let released = false;
  const release = (close: boolean) => {
    if (!released) client.release(close);
    released = true;
  };
  // A connection that is still busy at the deadline is stuck.
  const stuck = setTimeout(() => release(true), deadlineMs - performance.now());
  try {
    const write = () => sink.write(client, columns);
    const answer = await (sink.singleStatement ? write() : inTransaction(client, write));
    release(false);
    return answer;
  } catch (error) {
    // Whatever went wrong, the state of the connection is not known: the next try gets a new one.
    release(true);
    throw error;
  } finally {
    clearTimeout(stuck);
  }
}

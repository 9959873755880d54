import { setTimeout as pause } from 'node:timers/promises';
import { threadId, workerData } from 'node:worker_threads';

import type pg from 'pg';

import { DeadlineError, monotonicMs, withDeadline } from '../database/deadline.ts';
import { createPool } from '../database/pool.ts';
import { isTransient } from '../database/sqlstate.ts';
import { inTransaction, type ThenCommit, withoutWarning } from '../database/transaction.ts';
import { letGo } from '../threads/let-go.ts';
import { pauseMs } from '../time/back-off.ts';

/**
 * All that crosses the thread boundary, as plain data that structured clone copies: a worker is started with its
 * {@link WorkerSetup}, is sent a {@link GivenTask} for each batch and answers a {@link FlushResult}.
 */
export interface WorkerSetup {
  /** What its connection is called in Postgres. */
  readonly applicationName: string;
  readonly connectionString: string;
  /** As that of a pool. */
  readonly hasSessions?: boolean;
  readonly connectTimeoutMs: number;
  /** Bound of each statement, kept by the server even if the worker is gone. */
  readonly statementTimeoutMs: number;
}

/** One batch for one sink, as it is given to a shard's threads. */
export interface GivenTask extends FlushTask {
  /** When, as of {@link monotonicMs}: waiting there for a thread takes from its time, too. */
  readonly givenMs: number;
}

/** One batch for one sink. */
export interface FlushTask {
  readonly sink: string;
  /** The batch's columns, of the shape that the sink of that name declares. */
  readonly columns: unknown;
  /** How long the flush may take in all, retries included. */
  readonly timeoutMs: number;
}

/**
 * What became of a batch. `committed` only after COMMIT returned. Otherwise the outcome is not known or nothing was
 * stored; `transient` says that the same batch may succeed later.
 */
export type FlushResult =
  | {
      readonly outcome: 'committed';
      readonly workerId: number;
      readonly attempts: number;
    }
  | {
      readonly outcome: 'failed';
      readonly workerId: number;
      readonly attempts: number;
      readonly transient: boolean;
      readonly message: string;
    };

/**
 * Where the batches of one feature end: runs in a worker and writes a batch's columns inside one transaction.
 * A flush whose outcome was not seen is run again, so writing the same columns twice must change nothing.
 */
export interface Sink<Columns> {
  /** Names the sink in {@link FlushTask}; the feature's batch kind carries the same name. */
  readonly name: string;
  /** True if `write` issues exactly one statement: that is a transaction by itself and saves two round trips. */
  readonly singleStatement: boolean;
  /** `thenCommit` takes the answers of what is written last; where it is left out, they are waited for. */
  write(client: pg.ClientBase, columns: Columns, thenCommit?: ThenCommit): Promise<void>;
  /** Large buffers of the columns, which the worker lets go of once they are committed. */
  buffersOf?(columns: Columns): Iterable<ArrayBufferLike>;
}

// Sinks prepare their statements and look rows up by key: a plan made while the tables were empty must not scan them when
// they are large. PostgreSQL itself stops planning them anew after some flushes; to force it would be too much for a cluster,
// which has to know the values to tell where rows go.
const flushSettings = ['enable_seqscan=off'];

/**
 * The handler of a worker's thread: one connection, the sinks by name, nothing remembered between batches.
 * Called once, by the worker's entry file, with the list of all sinks.
 */
export function serveSinks(sinks: readonly Sink<never>[]): (task: GivenTask) => Promise<FlushResult> {
  const setup = workerData as WorkerSetup;
  const pool = createPool({ ...setup, maxConnections: 1, sessionSettings: flushSettings, isPipelined: true });
  const byName = new Map(sinks.map((sink) => [sink.name, sink as Sink<unknown>]));
  const context = { pool: keepCheckedOut(pool), sinks: byName, pause: (ms: number) => pause(ms) };
  return async ({ givenMs, ...task }) => {
    const timeoutMs = task.timeoutMs - (monotonicMs() - givenMs);
    const result = await flush({ ...task, timeoutMs }, context);
    // What was committed at the first try was sent. After others it may still be on its way into a stuck socket.
    if (result.outcome === 'committed' && result.attempts === 1)
      letGo(byName.get(task.sink)?.buffersOf?.(task.columns) ?? []);
    return result;
  };
}

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
      await withDeadline(written, deadlineMs - performance.now());
      return { outcome: 'committed', workerId: threadId, attempts: attempt };
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
): Promise<void> {
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
  const stuck = setTimeout(() => {
    // pg would wait for the answers to what was sent.
    client.connection.stream.destroy();
    release(true);
  }, deadlineMs - performance.now());
  try {
    const write = (thenCommit?: ThenCommit) => sink.write(client, columns, thenCommit);
    await (sink.singleStatement ? withoutWarning(client, write) : inTransaction(client, write));
    release(false);
  } catch (error) {
    // Whatever went wrong, the state of the connection is not known: the next try gets a new one.
    release(true);
    throw error;
  } finally {
    clearTimeout(stuck);
  }
}

/**
 * A pool of one connection for one user, which it is kept checked out for: giving it back and taking it again is a good
 * part of a small flush. A connection that is released as broken, or is lost while nobody uses it, goes back to the pool
 * to be closed, and the next is another one.
 */
export function keepCheckedOut(pool: Pick<pg.Pool, 'connect'>): Pick<pg.Pool, 'connect'> {
  let idle: pg.PoolClient | undefined;

  async function takeAnother(): Promise<pg.PoolClient> {
    const client = await pool.connect();
    const giveBack: pg.PoolClient['release'] = client.release.bind(client);
    let isOver = false;
    const end = () => {
      if (isOver) return;
      isOver = true;
      if (idle === client) idle = undefined;
      giveBack(true);
    };
    client.once('end', end);
    client.once('error', end);
    client.release = (broken) => {
      if (broken !== undefined && broken !== false) end();
      else if (!isOver) idle = client;
    };
    return client;
  }

  const connect = (): Promise<pg.PoolClient> => {
    const client = idle;
    idle = undefined;
    return client === undefined ? takeAnother() : Promise.resolve(client);
  };
  return { connect: connect as pg.Pool['connect'] };
}

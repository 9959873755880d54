import pg from 'pg';

import { LOCK_CLASS, lockArguments, type AdvisoryLock } from '../database/advisory-locks.ts';
import { withDeadline } from '../database/deadline.ts';

/** How to reach the database; as the pool of the reads is. */
export type ConnectionOptions = Pick<pg.PoolOptions, 'connectionString' | 'keepAlive'>;

/** Held by the process that checks. */
export const checkLock: AdvisoryLock = { name: 'checks', number: 3 };

const ANSWER_TIMEOUT_MS = 2000;
const CLOSE_TIMEOUT_MS = 300;
// By these the server notices within about eight seconds that whoever held the lock is cut off, and frees it.
const serverSettings = ['tcp_keepalives_idle=4', 'tcp_keepalives_interval=2', 'tcp_keepalives_count=2'];

/** A connection of its own that holds, or would like to hold, the lock. The lock goes with the connection. */
export class LockSession {
  /** Resolves when the connection is lost or closed. */
  readonly lost: Promise<void>;
  readonly #client: pg.Client;
  #backend: number | undefined;

  private constructor(client: pg.Client) {
    this.#client = client;
    this.lost = new Promise((resolve) => client.once('end', () => resolve()));
  }

  /** Rejects if the database cannot be reached. */
  static async open({ connectionString, keepAlive }: ConnectionOptions): Promise<LockSession> {
    const client = new pg.Client({
      connectionString,
      keepAlive,
      application_name: 'minikom checks',
      connectionTimeoutMillis: ANSWER_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
      options: serverSettings.map((setting) => `-c ${setting}`).join(' '),
    });
    // Without a listener a lost connection ends the process; 'end' follows.
    client.on('error', () => undefined);
    const session = new LockSession(client);
    try {
      await client.connect();
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** The server's process that holds the lock for this session, if it does. */
  get backend(): number | undefined {
    return this.#backend;
  }

  /**
   * Whether this session holds the lock: takes it if it is free, and asks the database if it has it already. Where
   * `ownBackend`, of an earlier session that was lost, holds it still, it is taken from there. Rejects if the database
   * does not answer.
   */
  async holds(ownBackend: number | undefined): Promise<boolean> {
    if (this.#backend !== undefined) {
      await this.#client.query('select 1');
      return true;
    }
    if (ownBackend !== undefined) await this.#client.query(endHolder, [ownBackend]);
    const { rows } = await this.#client.query<{ locked: boolean; backend: number }>(
      `select pg_try_advisory_lock(${lockArguments(checkLock)}) as locked, pg_backend_pid() as backend`,
    );
    const [row] = rows;
    if (row?.locked === true) this.#backend = row.backend;
    return this.#backend !== undefined;
  }

  /** Ends the connection, which frees the lock, whatever the database does. Safe to call twice. */
  async close(): Promise<void> {
    await withDeadline(this.#client.end(), CLOSE_TIMEOUT_MS).catch(() => undefined);
  }
}

// Waits until it is gone.
const endHolder = `
  select pg_terminate_backend(pid, 1000)
  from pg_locks
  where locktype = 'advisory' and classid = ${LOCK_CLASS} and objid = ${checkLock.number} and granted and pid = $1
    and database = (select oid from pg_database where datname = current_database())`;

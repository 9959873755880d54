import { setTimeout as pause } from 'node:timers/promises';

import pg from 'pg';

import { LOCK_CLASS, lockArguments, type AdvisoryLock } from './advisory-locks.ts';
import { clientOptions, settingStatement } from './connection.ts';
import { withDeadline } from './deadline.ts';

/** What follows from being on duty, or not. */
export interface DutyHandlers {
  /** This one is on duty now. */
  begin(): void;
  /** Whether it still is on duty is not known: the database is away. */
  doubt(error: unknown): void;
  /** It still is. */
  resume(): void;
  /** Another one is. */
  end(): void;
}

type DutyState = 'off duty' | 'on duty' | 'in doubt';

const TRY_EACH_MS = 1000;
// Who was on duty asks more often, and so mostly stays it when the database comes back.
const TRY_AGAIN_EACH_MS = 250;

/**
 * Sees to it that one of all processes and replicas is on duty: the one that holds the lock.
 *
 *   off duty → got the lock → on duty
 *   on duty  → its connection was lost → in doubt
 *   in doubt → got the lock again → on duty; another one got it → off duty
 *
 * In doubt the work goes on, as an outage of the database is mostly one for all; what comes of it is kept until it is
 * known who was on duty.
 */
export class Duty {
  readonly #lock: AdvisoryLock;
  readonly #connectionString: string;
  readonly #handlers: DutyHandlers;
  readonly #stop = new AbortController();
  #state: DutyState = 'off duty';
  #error: unknown;
  #session: LockSession | undefined;
  /** The server's process that holds, or held, the lock for this one. */
  #ownBackend: number | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(lock: AdvisoryLock, connectionString: string, handlers: DutyHandlers) {
    this.#lock = lock;
    this.#connectionString = connectionString;
    this.#handlers = handlers;
  }

  /** Begins to try for the lock; called once. */
  start(): void {
    if (!this.#stop.signal.aborted) this.#running = this.#run(this.#stop.signal);
  }

  /** Gives the lock back, so that another one takes over at once. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#session?.close();
    await this.#running;
  }

  async #run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      try {
        this.#session ??= await LockSession.open(this.#lock, this.#connectionString);
        const holds = await this.#session.holds(this.#ownBackend);
        this.#ownBackend = this.#session.backend;
        this.#become(holds ? 'on duty' : 'off duty');
      } catch (error) {
        await this.#lose(error, stop);
      }
      await this.#pause(stop);
    }
    await this.#session?.close();
  }

  async #lose(error: unknown, stop: AbortSignal): Promise<void> {
    if (stop.aborted) return;
    this.#error = error;
    if (this.#state !== 'off duty') this.#become('in doubt');
    await this.#session?.close();
    this.#session = undefined;
  }

  /** Waits for the next turn; a connection that is lost is noticed at once. */
  async #pause(stop: AbortSignal): Promise<void> {
    const turn = new AbortController();
    const wake = () => turn.abort();
    stop.addEventListener('abort', wake);
    if (stop.aborted) wake();
    void this.#session?.lost.then(wake);
    const pauseMs = this.#state === 'in doubt' ? TRY_AGAIN_EACH_MS : TRY_EACH_MS;
    await pause(pauseMs, undefined, { signal: turn.signal }).catch(() => undefined);
    stop.removeEventListener('abort', wake);
  }

  #become(state: DutyState): void {
    const before = this.#state;
    this.#state = state;
    if (state === before || this.#stop.signal.aborted) return;
    if (state === 'in doubt') this.#handlers.doubt(this.#error);
    else if (state === 'off duty') this.#handlers.end();
    else if (before === 'in doubt') this.#handlers.resume();
    else this.#handlers.begin();
  }
}

const ANSWER_TIMEOUT_MS = 2000;
const CLOSE_TIMEOUT_MS = 300;
// By these the server notices within about eight seconds that whoever held the lock is cut off, and frees it.
const serverSettings = ['tcp_keepalives_idle=4', 'tcp_keepalives_interval=2', 'tcp_keepalives_count=2'];

/** A connection of its own that holds, or would like to hold, the lock. The lock goes with the connection. */
class LockSession {
  /** Resolves when the connection is lost or closed. */
  readonly lost: Promise<void>;
  readonly #lock: AdvisoryLock;
  readonly #client: pg.Client;
  #backend: number | undefined;

  private constructor(lock: AdvisoryLock, client: pg.Client) {
    this.#lock = lock;
    this.#client = client;
    this.lost = new Promise((resolve) => client.once('end', () => resolve()));
  }

  /** Rejects if the database cannot be reached. */
  static async open(lock: AdvisoryLock, connectionString: string): Promise<LockSession> {
    const client = new pg.Client({
      ...clientOptions(connectionString),
      keepAlive: true,
      application_name: `minikom ${lock.name}`,
      connectionTimeoutMillis: ANSWER_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
    });
    // Without a listener a lost connection ends the process; 'end' follows.
    client.on('error', () => undefined);
    const session = new LockSession(lock, client);
    try {
      await client.connect();
      await client.query(settingStatement(serverSettings));
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
    if (ownBackend !== undefined) await this.#client.query(endHolder, [ownBackend, this.#lock.number]);
    const { rows } = await this.#client.query<{ locked: boolean; backend: number }>(
      `select pg_try_advisory_lock(${lockArguments(this.#lock)}) as locked, pg_backend_pid() as backend`,
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
  where locktype = 'advisory' and classid = ${LOCK_CLASS} and objid = $2 and granted and pid = $1
    and database = (select oid from pg_database where datname = current_database())`;

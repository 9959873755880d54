import { setTimeout as pause } from 'node:timers/promises';

import type { Logger } from '../telemetry/logger.ts';
import { LockSession, type ConnectionOptions } from './lock-session.ts';

/** What follows from being on duty, or not. */
export interface DutyHandlers {
  /** This one is on duty now. */
  begin(): void;
  /** Whether it still is on duty is not known: the database is away. */
  doubt(): void;
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
  readonly #connection: ConnectionOptions;
  readonly #handlers: DutyHandlers;
  readonly #logger: Logger;
  readonly #stop = new AbortController();
  #state: DutyState = 'off duty';
  #session: LockSession | undefined;
  /** The server's process that holds, or held, the lock for this one. */
  #ownBackend: number | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(connection: ConnectionOptions, handlers: DutyHandlers, logger: Logger) {
    this.#connection = connection;
    this.#handlers = handlers;
    this.#logger = logger;
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
        this.#session ??= await LockSession.open(this.#connection);
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
    if (this.#state === 'on duty') this.#logger.warn({ error }, 'health checks in doubt');
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
    if (state === 'in doubt') this.#handlers.doubt();
    else if (state === 'off duty') this.#handlers.end();
    else if (before === 'in doubt') this.#handlers.resume();
    else this.#handlers.begin();
  }
}

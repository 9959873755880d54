import { setTimeout as pause } from 'node:timers/promises';

import type { Logger } from '../telemetry/logger.ts';
import { pauseMs } from '../time/back-off.ts';
import type { Notification, Tried } from './queries.ts';
import type { Posted } from './post.ts';

/** What a courier works with. */
export interface CourierOptions {
  readonly receiver: string;
  /** What waits the longest; undefined if nothing does. */
  readonly next: () => Promise<Notification | undefined>;
  readonly send: (notification: Notification, stop: AbortSignal) => Promise<Posted | undefined>;
  readonly store: (id: string, tried: Tried) => Promise<void>;
  /** In unix seconds. */
  readonly now: () => number;
  readonly logger: Logger;
}

const IDLE_MS = 1000;
const TRIES = { firstMs: 1000, longestMs: 300_000 };
const GIVE_UP_AFTER_SECONDS = 86_400;

/**
 * What follows from a try. Who takes it answers 2xx. What was refused as such, with 4xx, would be refused again; all else is
 * tried again, ever later, for a day from when it was made.
 */
export function afterTry(
  { tries, createdAt }: Pick<Notification, 'tries' | 'createdAt'>,
  posted: Posted,
  now: number,
  random?: () => number,
): Tried {
  if ('code' in posted) {
    const { code } = posted;
    if (code >= 200 && code < 300) return { outcome: String(code), sentAt: now, nextTryAt: null };
    const isRefused = code >= 300 && code < 500 && ![408, 425, 429].includes(code);
    if (isRefused) return { outcome: String(code), sentAt: null, nextTryAt: null };
  }
  const outcome = 'code' in posted ? String(posted.code) : posted.failure;
  const nextTryAt = now + pauseMs(tries + 1, TRIES, random) / 1000;
  return {
    outcome,
    sentAt: null,
    nextTryAt: nextTryAt > createdAt + GIVE_UP_AFTER_SECONDS ? null : nextTryAt,
  };
}

/**
 * Brings one receiver what waits for it, one after another in the order in which it happened. It waits for nobody else, and
 * nobody for it. What is not known to be taken, as it was stopped or the database is away, is sent again, with its id.
 */
export class Courier {
  readonly #options: CourierOptions;
  readonly #stop = new AbortController();
  #wake = new AbortController();
  readonly #running: Promise<void>;
  #isFailing = false;

  constructor(options: CourierOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** There is something new to bring. */
  wake(): void {
    this.#wake.abort();
  }

  /** Resolves when nothing is under way any more. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#wake = new AbortController();
      let restMs = IDLE_MS;
      try {
        restMs = await this.#bringNext();
      } catch (error) {
        this.#options.logger.warn({ error, receiver: this.#options.receiver }, 'notifications wait');
      }
      const signal = AbortSignal.any([this.#stop.signal, this.#wake.signal]);
      if (restMs > 0) await pause(restMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Returns how long there is nothing to do, in milliseconds. */
  async #bringNext(): Promise<number> {
    const { next, send, store, now } = this.#options;
    const notification = await next();
    if (notification === undefined) return IDLE_MS;
    const waitMs = ((notification.nextTryAt ?? 0) - now()) * 1000;
    if (waitMs > 0) return Math.min(waitMs, IDLE_MS);
    const posted = await send(notification, this.#stop.signal);
    if (posted === undefined) return 0;
    const tried = afterTry(notification, posted, now());
    await store(notification.id, tried);
    this.#tell(tried);
    return 0;
  }

  /** Once, not for each try for as long as it lasts. */
  #tell({ outcome, sentAt }: Tried): void {
    const { logger, receiver } = this.#options;
    if (sentAt === null && !this.#isFailing)
      logger.warn({ receiver, outcome }, 'a receiver does not take notifications');
    if (sentAt !== null && this.#isFailing) logger.info({ receiver }, 'a receiver takes notifications again');
    this.#isFailing = sentAt === null;
  }
}

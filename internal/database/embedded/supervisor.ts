import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedPostgresError } from './embedded-error.ts';
import { launch, type LaunchPlan, type Running } from './launch.ts';
import { lastLines, readServerLog } from './server-log.ts';
import { stopPostmaster } from './stop-postmaster.ts';

const launchTimeoutMs = 60_000;
const steadyAfterMs = 10_000;

/** How long to wait before try number `attempt`, the first being 0: 0, 100 ms, 200 ms, … at most 5 s. */
export function restartDelayMs(attempt: number): number {
  return attempt === 0 ? 0 : Math.min(5000, 100 * 2 ** Math.min(attempt - 1, 10));
}

/**
 * Keeps PostgreSQL running until it is told to stop.
 *
 *   running ── connection lost ──→ restoring ── launched, on the same port ──→ running
 *      └──────────── stop ─────────────┴──→ stopped
 *
 * Tries to restore go on for ever, at least as far apart as {@link restartDelayMs} says; a server that has held for
 * 10 s makes the next loss the first again. While stopping, the lock is kept until the postmaster is gone, so no
 * other service can adopt what is about to be stopped.
 */
export class Supervisor {
  readonly #plan: LaunchPlan;
  readonly #port: number;
  readonly #stopping = new AbortController();
  /** Undefined once another service has taken the data folder: then its PostgreSQL is not ours to stop. */
  #running: Running | undefined;
  readonly #watching: Promise<void>;
  #stopped: Promise<void> | undefined;

  constructor(plan: LaunchPlan, running: Running) {
    this.#plan = plan;
    this.#port = running.postmaster.port;
    this.#running = running;
    this.#watching = this.#watch(running);
  }

  /** Stops PostgreSQL; safe twice. Settles within `stopTimeoutMs` and some 5 s more, whatever PostgreSQL does. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    await this.#watching;
    if (this.#running === undefined) return;
    if (await this.#end(this.#running)) this.#plan.logger.info('embedded PostgreSQL stopped');
  }

  /** Resolves to whether it is gone. */
  async #end({ postmaster, hold, guard }: Running): Promise<boolean> {
    const { folder, stopTimeoutMs, logger } = this.#plan;
    const isGone = await stopPostmaster(postmaster, folder.cluster, stopTimeoutMs, logger);
    hold.release();
    guard.dismiss();
    return isGone;
  }

  async #watch(first: Running): Promise<void> {
    const stopped = once(this.#stopping.signal, 'abort');
    let running: Running | undefined = first;
    let attempt = 0;
    while (running !== undefined) {
      const sinceMs = performance.now();
      await Promise.race([running.hold.lost, stopped]);
      if (this.#stopping.signal.aborted) return;
      if (performance.now() - sinceMs >= steadyAfterMs) attempt = 0;
      running.guard.dismiss();
      await this.#reportLoss(running);
      [running, attempt] = await this.#restore(attempt);
    }
  }

  /** Tries until it has PostgreSQL again; resolves to undefined when stopping. */
  async #restore(firstAttempt: number): Promise<[Running | undefined, number]> {
    for (let attempt = firstAttempt; ; attempt++) {
      try {
        await sleep(restartDelayMs(attempt), undefined, { signal: this.#stopping.signal });
        this.#running = await this.#relaunch();
        const { pid } = this.#running.postmaster;
        this.#plan.logger.warn({ pid, port: this.#port, attempt }, 'embedded PostgreSQL is back');
        return [this.#running, attempt + 1];
      } catch (error) {
        if (this.#stopping.signal.aborted) return [undefined, attempt];
        if (error instanceof EmbeddedPostgresError && error.code === 'data-folder-in-use')
          this.#running = undefined;
        this.#plan.logger.error({ error, attempt }, 'embedded PostgreSQL could not be restarted');
      }
    }
  }

  async #relaunch(): Promise<Running> {
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(launchTimeoutMs)]);
    const running = await launch(this.#plan, () => Promise.resolve(this.#port), signal);
    if (running.postmaster.port === this.#port) return running;
    // Started by somebody else meanwhile; everybody here knows the old port.
    await this.#end(running);
    throw new EmbeddedPostgresError('start-failed', `PostgreSQL ran on port ${running.postmaster.port}.`);
  }

  async #reportLoss(running: Running): Promise<void> {
    const { folder, logger } = this.#plan;
    const { pid } = running.postmaster;
    const serverLog = lastLines(await readServerLog(folder.logFile, 0).catch(() => ''), 5);
    logger.error({ pid, serverLog }, 'connection to the embedded PostgreSQL lost');
  }
}

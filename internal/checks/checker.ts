import { setTimeout as pause } from 'node:timers/promises';

import type { Check } from './check.ts';
import type { CheckTarget } from './targets.ts';
import { afterCheck, afterTick, failingSince, type Failing, type FailingStep } from './failing.ts';
import type { LastCheck } from './queries.ts';
import { checkInRounds, longestBreakMs, type RoundsOptions } from './rounds.ts';

export interface CheckerOptions extends RoundsOptions {
  readonly targets: readonly CheckTarget[];
  /** The last check of each target that has any; rejects while the database is away. */
  readonly readLast: () => Promise<readonly LastCheck[]>;
  readonly onCheck: (check: Check) => void;
  /** A target is failing in this second, in unix seconds. */
  readonly onFailing: (target: string, second: number) => void;
}

const READ_AGAIN_MS = 500;
// Just past the second, so that it is over by the clock, too.
const PAST_SECOND_MS = 5;

/** Checks all targets, each in rounds of its own, and tells in which seconds each is failing. */
export class Checker {
  readonly #options: CheckerOptions;
  readonly #failing = new Map<string, Failing>();
  /** How many checks of a target have failed in a row. */
  readonly #failures = new Map<string, number>();
  #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: CheckerOptions) {
    this.#options = options;
  }

  /** Goes on where the last checks in the database ended, whoever made them. */
  begin(): void {
    this.#stop.abort();
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    // What ran before ends now; two of them must not share the states.
    this.#running = this.#running.then(() => this.#run(signal));
  }

  /** Ends the probes that are under way; nothing is told any more once it resolves. Safe to call twice. */
  async end(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(stop: AbortSignal): Promise<void> {
    const last = await this.#readLast(stop);
    if (last === undefined) return;
    this.#failing.clear();
    this.#failures.clear();
    const rounds = this.#options.targets.map((target) => {
      const check = last.get(target.name);
      const failures = check?.failures ?? 0;
      const known = check && {
        second: Math.floor(check.checkedMs / 1000),
        failed: failures > target.retries,
      };
      this.#failures.set(target.name, failures);
      this.#failing.set(target.name, failingSince(known));
      const onCheck = (ended: Check) => this.#onCheck(target, ended);
      return checkInRounds(target, check?.checkedMs, this.#options, onCheck, stop);
    });
    await Promise.all([...rounds, this.#tick(stop)]);
  }

  async #readLast(stop: AbortSignal): Promise<ReadonlyMap<string, LastCheck> | undefined> {
    while (!stop.aborted) {
      try {
        return new Map((await this.#options.readLast()).map((check) => [check.target, check]));
      } catch {
        // The pool and the lock's connection have told the log already.
        await pause(READ_AGAIN_MS, undefined, { signal: stop }).catch(() => undefined);
      }
    }
    return undefined;
  }

  #onCheck(target: CheckTarget, check: Check): void {
    this.#options.onCheck(check);
    const second = Math.floor(check.checkedMs / 1000);
    const failures = check.failed ? (this.#failures.get(target.name) ?? 0) + 1 : 0;
    this.#failures.set(target.name, failures);
    const closeSeconds = longestBreakMs(target) / 1000;
    this.#step(target.name, (state) => afterCheck(state, second, failures > target.retries, closeSeconds));
  }

  /** Tells of each second when it is over. */
  async #tick(stop: AbortSignal): Promise<void> {
    for (;;) {
      const intoSecondMs = (this.#options.now() * 1000) % 1000;
      const untilNextMs = 1000 - intoSecondMs + PAST_SECOND_MS;
      await pause(untilNextMs, undefined, { signal: stop }).catch(() => undefined);
      if (stop.aborted) return;
      const nowSecond = Math.floor(this.#options.now());
      for (const target of this.#failing.keys()) this.#step(target, (state) => afterTick(state, nowSecond));
    }
  }

  #step(target: string, next: (state: Failing) => FailingStep): void {
    const { state, seconds } = next(this.#failing.get(target) ?? failingSince(undefined));
    this.#failing.set(target, state);
    for (const second of seconds) this.#options.onFailing(target, second);
  }
}

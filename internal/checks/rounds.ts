import { setTimeout as pause } from 'node:timers/promises';

import type { Check } from './check.ts';
import type { CheckTarget } from './targets.ts';
import { errorOf, outcomeOf } from './outcome.ts';
import { probe } from './probe.ts';

/** By what targets are checked. */
export interface RoundsOptions {
  /** The clock in unix seconds. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

/**
 * Checks one target again and again until it is stopped, each time an interval after the last check began, or when that
 * has ended, whichever is later. `lastMs` is when it was checked last before, if it was.
 */
export async function checkInRounds(
  target: CheckTarget,
  lastMs: number | undefined,
  { now, random }: RoundsOptions,
  onCheck: (check: Check) => void,
  stop: AbortSignal,
): Promise<void> {
  const { intervalMs } = target;
  const sinceLastMs = lastMs === undefined ? undefined : now() * 1000 - lastMs;
  let delayMs = firstDelayMs(intervalMs, sinceLastMs, random());
  for (;;) {
    await pause(delayMs, undefined, { signal: stop }).catch(() => undefined);
    if (stop.aborted) return;
    const startedAtMs = performance.now();
    const probed = await probe(target, stop);
    if (probed === undefined) return;
    const error = errorOf(probed, target);
    onCheck({
      target: target.name,
      checkedMs: Math.floor(now() * 1000),
      code: 'code' in probed ? probed.code : null,
      outcome: outcomeOf(probed),
      failed: error !== null,
      latencyMs: Math.round(probed.latencyMs * 10) / 10,
      error,
      certificateEndMs: probed.certificateEndMs,
    });
    delayMs = nextDelayMs(intervalMs, performance.now() - startedAtMs, random());
  }
}

// Each way, of the interval: targets that were started together do not stay so.
const JITTER = 0.1;
const MAX_FIRST_DELAY_MS = 1000;

/** Milliseconds until the next check of a target, `elapsedMs` after its last one began. `random` is in [0, 1). */
export function nextDelayMs(intervalMs: number, elapsedMs: number, random: number): number {
  return Math.max(0, intervalMs * (1 + JITTER * (2 * random - 1)) - elapsedMs);
}

/** The longest time between two checks of a target, in milliseconds, by which nobody can say that it was not checked. */
export function longestBreakMs({
  intervalMs,
  timeoutMs,
}: Pick<CheckTarget, 'intervalMs' | 'timeoutMs'>): number {
  return 2 * (intervalMs + timeoutMs);
}

/**
 * Milliseconds until the first check, `sinceLastMs` after the last one by whoever checked before: no sooner than it would
 * have been checked by that one. At most a second more, so that not all targets are asked at once. `random` is in [0, 1).
 */
export function firstDelayMs(intervalMs: number, sinceLastMs: number | undefined, random: number): number {
  const remainingMs = sinceLastMs === undefined ? 0 : intervalMs - sinceLastMs;
  const spreadMs = random * Math.min(intervalMs, MAX_FIRST_DELAY_MS);
  // A last check that lies ahead, by another's clock or before ours was set back, must not put it off.
  return Math.min(Math.max(0, remainingMs), intervalMs) + spreadMs;
}

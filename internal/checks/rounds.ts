import { setTimeout as pause } from 'node:timers/promises';

import type { CheckTarget } from './config.ts';
import type { Check } from './check.ts';
import { outcomeOf } from './outcome.ts';
import { probe } from './probe.ts';
import { firstDelayMs, nextDelayMs } from './schedule.ts';

/** How targets are checked; durations in milliseconds. */
export interface RoundsOptions {
  readonly intervalMs: number;
  readonly timeoutMs: number;
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
  { name, url }: CheckTarget,
  lastMs: number | undefined,
  { intervalMs, timeoutMs, now, random }: RoundsOptions,
  onCheck: (check: Check) => void,
  stop: AbortSignal,
): Promise<void> {
  const sinceLastMs = lastMs === undefined ? undefined : now() * 1000 - lastMs;
  let delayMs = firstDelayMs(intervalMs, sinceLastMs, random());
  for (;;) {
    await pause(delayMs, undefined, { signal: stop }).catch(() => undefined);
    if (stop.aborted) return;
    const startedAtMs = performance.now();
    const probed = await probe(url, timeoutMs, stop);
    if (probed === undefined) return;
    onCheck({
      target: name,
      checkedMs: Math.floor(now() * 1000),
      code: 'code' in probed ? probed.code : null,
      outcome: outcomeOf(probed),
      latencyMs: Math.round(probed.latencyMs * 10) / 10,
    });
    delayMs = nextDelayMs(intervalMs, performance.now() - startedAtMs, random());
  }
}

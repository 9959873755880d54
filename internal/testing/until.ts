import { setTimeout as delay } from 'node:timers/promises';

const TIMEOUT_MS = 20_000;
// Asking without a pause takes the time of what is waited for.
const EACH_MS = 5;

/**
 * Waits until `condition` holds, asking again and again; throws with `what` was waited for when that takes too long, and
 * with how far it came if `what` tells that.
 */
export async function until(
  what: string | (() => string),
  condition: () => boolean | Promise<boolean>,
  timeoutMs = TIMEOUT_MS,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) {
      throw new Error(`waited in vain: ${typeof what === 'string' ? what : what()}`);
    }
    await delay(EACH_MS);
  }
}

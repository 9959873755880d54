/** How often and when a request is sent again. */
export interface RetryRules {
  /** Tries in all, the first included; 1: no retries. */
  readonly mostTries: number;
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
}

/** Without `--retry`. */
export const noRetries: RetryRules = { mostTries: 1, firstPauseMs: 0, longestPauseMs: 0 };

/** With it: about a minute and a half against a service that stays away, longer if it asks for longer waits. */
export const patientRetries: RetryRules = { mostTries: 25, firstPauseMs: 100, longestPauseMs: 5000 };

const LONGEST_RETRY_AFTER_MS = 60_000;

/**
 * How long to wait after so many failed tries: what `Retry-After` asked for, and twice as long each time, with jitter,
 * so that what was refused together does not come back together. `random` gives numbers in [0, 1).
 */
export function pauseMs(
  tries: number,
  retryAfter: string | undefined,
  rules: RetryRules,
  random: () => number,
): number {
  const backOff = Math.min(rules.firstPauseMs * 2 ** (tries - 1), rules.longestPauseMs);
  return retryAfterMs(retryAfter) + backOff * (0.5 + random() / 2);
}

/** Only the form in seconds, which is what the service sends; a broken one is no wait, a huge one a minute. */
function retryAfterMs(text: string | undefined): number {
  if (text === undefined || !/^\d+$/.test(text)) return 0;
  return Math.min(Number(text) * 1000, LONGEST_RETRY_AFTER_MS);
}

import type { StatusRange } from './checks-file.ts';
import type { ChecksConfig } from './config.ts';

/*
 * Apart from how they are configured, as worker threads load this: what reads a configuration takes longer to load than all
 * the rest of such a thread.
 */

/** What is checked, how, and how its checks and reports call it. */
export interface CheckTarget {
  /** A valid service name; without `=` and comma if it is of CHECK_TARGETS, where those have a meaning. */
  readonly name: string;
  /** http or https. */
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** The statuses that are no failure. */
  readonly status: readonly StatusRange[];
  readonly bodyContains: string | undefined;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** So many checks may fail in a row before the target counts as failing. */
  readonly retries: number;
}

/** Interval and timeout of what says nothing else. */
export function usualTimes(config: ChecksConfig): Pick<CheckTarget, 'intervalMs' | 'timeoutMs'> {
  return {
    intervalMs: config.CHECK_INTERVAL_SECONDS * 1000,
    timeoutMs: config.CHECK_TIMEOUT_SECONDS * 1000,
  };
}

/** All targets, whichever way they are configured. */
export function targetsOf(config: ChecksConfig): readonly CheckTarget[] {
  const times = usualTimes(config);
  return [
    ...config.CHECK_TARGETS.map((target) => ({ ...times, ...plainly, ...target })),
    ...config.CHECKS_FILE.map(({ intervalMs, timeoutMs, ...target }) => ({
      ...target,
      intervalMs: intervalMs ?? times.intervalMs,
      timeoutMs: timeoutMs ?? times.timeoutMs,
    })),
  ];
}

/** How a target is asked of which nothing but the URL is known. */
const plainly = {
  method: 'GET',
  headers: {},
  body: undefined,
  status: [{ from: 200, to: 399 }],
  bodyContains: undefined,
  retries: 0,
} as const;

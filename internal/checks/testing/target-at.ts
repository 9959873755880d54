import type { CheckTarget } from '../targets.ts';

/** A target as CHECK_TARGETS makes it of a URL, with some of it changed. */
export function targetAt(url: string, changes: Partial<CheckTarget> = {}): CheckTarget {
  return {
    name: 'web',
    url,
    method: 'GET',
    headers: {},
    body: undefined,
    status: [{ from: 200, to: 399 }],
    bodyContains: undefined,
    intervalMs: 5000,
    timeoutMs: 30_000,
    retries: 0,
    ...changes,
  };
}

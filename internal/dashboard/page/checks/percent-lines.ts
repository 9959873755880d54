import type { Answer } from '../data/answer.ts';

/** What `GET /checks/percent` answers: after each check the failure percentage of the five minutes up to it. */
export type PercentAnswer = Answer<'/checks/percent'>;

/** Over how long each percentage is. */
export const WINDOW_SECONDS = 300;

/**
 * Points of several targets as lines over one axis of time; a target keeps its value until its next check,
 * as long as there are checks in its five minutes.
 */
export function percentLines({ points }: PercentAnswer): {
  readonly times: readonly number[];
  readonly byTarget: ReadonlyMap<string, readonly (number | null)[]>;
} {
  const sorted = points
    .map(({ target, timestamp, failure_percent }) => ({
      target,
      at: Date.parse(timestamp) / 1000,
      failure_percent,
    }))
    .sort((a, b) => a.at - b.at);
  const targets = [...new Set(sorted.map(({ target }) => target))].sort();
  const last = new Map<string, { readonly at: number; readonly percent: number }>();
  const byTarget = new Map<string, (number | null)[]>(targets.map((target) => [target, []]));
  for (const { target, at, failure_percent: percent } of sorted) {
    last.set(target, { at, percent });
    for (const [each, values] of byTarget) {
      const latest = last.get(each);
      values.push(latest !== undefined && at - latest.at < WINDOW_SECONDS ? latest.percent : null);
    }
  }
  return { times: sorted.map(({ at }) => at), byTarget };
}

import type { Answer, Schema } from '../data/answer.ts';

/**
 * What `GET /deployments/stats` tells of a component in an environment. Shares are of 1, durations in seconds; null where there
 * is nothing to tell it from.
 */
export type Deployable = Schema<'DeliveryFigures'>;

export type DeliveryAnswer = Answer<'/deployments/stats'>;

/** What several of them come to. Medians of several are none, and are left out. */
export interface Delivery {
  readonly deployments: number;
  readonly failed: number;
  readonly failureRate: number | null;
  readonly broken: number;
}

/** Sums them up. */
export function deliveryOf(deployables: readonly Deployable[]): Delivery {
  let [deployments, failed, broken] = [0, 0, 0];
  for (const each of deployables) {
    deployments += each.deployments;
    failed += each.failed_deployments;
    if (each.is_broken) broken++;
  }
  return { deployments, failed, broken, failureRate: deployments === 0 ? null : failed / deployments };
}

/** How a number compares with the one before, in words: an arrow, and what that was. */
export function trendOf(now: number | null, before: number | null, text: (value: number) => string): string {
  if (before === null) return 'none before';
  if (now === before || now === null) return `as before: ${text(before)}`;
  return `${now > before ? '↑' : '↓'} from ${text(before)}`;
}

/** What `GET /deployments/stats` tells of a component in an environment, as far as the page shows it. */
export interface Deployable {
  readonly component: string;
  readonly environment: string;
  readonly deployments: number;
  readonly failed_deployments: number;
  /** Shares are of 1, durations in seconds; null where there is nothing to tell it from. */
  readonly change_failure_rate: number | null;
  readonly median_restore_seconds: number | null;
  readonly median_deployment_seconds: number | null;
  readonly is_broken: boolean;
}

export interface DeliveryAnswer {
  readonly deployables: readonly Deployable[];
}

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

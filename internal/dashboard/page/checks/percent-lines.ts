/** What `GET /checks/percent` answers: after each check the failure percentage of the five minutes up to it. */
export interface PercentAnswer {
  readonly points: readonly {
    readonly target: string;
    readonly timestamp: string;
    readonly failure_percent: number;
  }[];
}

/** Points of several targets as lines over one axis of time; a target keeps its value until its next check. */
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
  const last = new Map<string, number>();
  const byTarget = new Map<string, (number | null)[]>(targets.map((target) => [target, []]));
  for (const { target, failure_percent } of sorted) {
    last.set(target, failure_percent);
    for (const [each, values] of byTarget) values.push(last.get(each) ?? null);
  }
  return { times: sorted.map(({ at }) => at), byTarget };
}

import { eventOf, keyOf, plannedBatches, type LoadPlan } from '../load-plan.ts';
import type { Outcomes } from '../tally.ts';

/** What must be stored of each service, worked out from the plan and from what was acknowledged. */
export interface StoredSightings {
  /** The numbers of the services of which something must be stored, ascending. */
  readonly services: readonly number[];
  /** What must be stored of one, ascending, with repetitions. */
  of(service: number): Iterable<number>;
  /** The services of which more may be stored: nobody knows. */
  readonly uncertain: ReadonlySet<number>;
}

/** Takes eight bytes per acknowledged event: a service and a sighting in one number, sorted. */
export function storedSightings(plan: LoadPlan, outcomes: Outcomes): StoredSightings {
  const keys = new Float64Array(outcomes.acknowledged * plan.batch);
  const uncertainKeys: number[] = [];
  let length = 0;
  let request = 0;
  for (const batch of plannedBatches(plan)) {
    if (request === outcomes.end) break;
    if (outcomes.is(request, 'acknowledged')) for (const event of batch) keys[length++] = keyOf(event);
    if (outcomes.is(request, 'uncertain')) for (const event of batch) uncertainKeys.push(keyOf(event));
    request++;
  }
  const sorted = keys.subarray(0, length).sort();

  const startOf = new Map<number, number>();
  for (let index = length - 1; index >= 0; index--) startOf.set(eventOf(sorted[index] ?? 0).service, index);
  return {
    services: [...startOf.keys()].reverse(),
    *of(service) {
      for (let index = startOf.get(service) ?? length; index < length; index++) {
        const stored = eventOf(sorted[index] ?? 0);
        if (stored.service !== service) return;
        yield stored.sighting;
      }
    },
    // What was acknowledged otherwise is stored anyway.
    uncertain: new Set(uncertainKeys.filter((key) => !holds(sorted, key)).map((key) => eventOf(key).service)),
  };
}

function holds(sorted: Float64Array, key: number): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < key) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === key;
}

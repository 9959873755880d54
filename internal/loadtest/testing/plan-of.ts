import type { LoadPlan } from '../load-plan.ts';

/** A small plan, other than it in what is given. */
export function planOf(given: Partial<LoadPlan> = {}): LoadPlan {
  return {
    mode: 'bulk',
    seed: 7,
    services: 5,
    events: 1000,
    batch: 10,
    shuffle: false,
    duplicates: 0,
    startSecond: 1_599_998_400,
    ...given,
  };
}

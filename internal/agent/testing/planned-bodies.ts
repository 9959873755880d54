import { planOf, serviceNames, type PlanOptions } from '../plan.ts';

/** The body of every request that a run makes if nothing has to be sent again, sorted. */
export function plannedBodies(services: number, options: PlanOptions): string[] {
  return serviceNames(services)
    .flatMap((name) => [...planOf(name, options)])
    .flatMap(({ serviceName, state, timestamp, copies }) =>
      Array.from({ length: copies }, () => JSON.stringify({ service_name: serviceName, state, timestamp })),
    )
    .sort();
}

import { namePrefix, serviceName, type LoadPlan } from '../load-plan.ts';
import type { PlannedEvent } from '../planned-events.ts';
import { seen } from '../service-walks.ts';

/** Writes the plan's events as the JSON of reports. Some of the timestamps have a fraction. */
export function reportWriter(plan: LoadPlan): (event: PlannedEvent) => string {
  const prefix = namePrefix(plan);
  return ({ service, sighting }) => {
    const { second, isIssue } = seen(sighting);
    const name = JSON.stringify(serviceName(prefix, service));
    const fraction = sighting % 8 === 3 ? '.75' : '';
    const timestamp = `${plan.startSecond + second}${fraction}`;
    return `{"service_name":${name},"state":"${isIssue ? 'issue' : 'deploy'}","timestamp":${timestamp}}`;
  };
}

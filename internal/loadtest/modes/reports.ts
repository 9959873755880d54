import {
  namePrefix,
  plannedBatches,
  plannedEvents,
  seen,
  serviceName,
  type LoadPlan,
  type PlannedEvent,
} from '../load-plan.ts';
import { verifyTimelines } from '../verify/verify-timelines.ts';
import type { Mode } from './mode.ts';

/** One report per request. */
export const single: Mode = {
  name: 'single',
  summary: 'POST /event, one report each',
  path: '/event',
  defaultBatch: 1,
  mostBatch: 1,
  needsIdempotencyKey: false,
  verify: verifyTimelines,
  *bodies(plan) {
    const write = reportWriter(plan);
    for (const event of plannedEvents(plan)) yield { text: write(event), events: 1 };
  },
};

/** Arrays of reports. */
export const bulk: Mode = {
  name: 'bulk',
  summary: 'POST /events, an array of reports',
  path: '/events',
  defaultBatch: 10_000,
  mostBatch: 1_000_000,
  needsIdempotencyKey: false,
  verify: verifyTimelines,
  *bodies(plan) {
    const write = reportWriter(plan);
    for (const batch of plannedBatches(plan)) {
      yield { text: `[${batch.map(write).join(',')}]`, events: batch.length };
    }
  },
};

/** Writes the plan's events as the JSON of reports. Some of the timestamps have a fraction. */
function reportWriter(plan: LoadPlan): (event: PlannedEvent) => string {
  const prefix = namePrefix(plan);
  return ({ service, sighting }) => {
    const { second, isIssue } = seen(sighting);
    const name = JSON.stringify(serviceName(prefix, service));
    const fraction = sighting % 8 === 3 ? '.75' : '';
    const timestamp = `${plan.startSecond + second}${fraction}`;
    return `{"service_name":${name},"state":"${isIssue ? 'issue' : 'deploy'}","timestamp":${timestamp}}`;
  };
}

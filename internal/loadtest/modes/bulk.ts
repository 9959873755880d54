import { plannedBatches } from '../planned-events.ts';
import { verifyTimelines } from '../verify/verify-timelines.ts';
import type { Mode } from './mode.ts';
import { reportWriter } from './report-json.ts';

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

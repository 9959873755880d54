import { plannedEvents } from '../planned-events.ts';
import { verifyTimelines } from '../verify/verify-timelines.ts';
import type { Mode } from './mode.ts';
import { reportWriter } from './report-json.ts';

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

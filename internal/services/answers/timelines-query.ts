import { z } from 'zod';

import { nameFault } from '../../frontdoor/fields.ts';
import {
  completeSpan,
  instant,
  readQuery,
  severalOf,
  textWithout,
  unitsFrom,
  type Query,
} from '../../frontdoor/query.ts';
import { SECONDS_PER_HOUR } from '../timeline.ts';

/** Which timelines are asked for: of these services, over [from, to) in whole unix seconds. */
export interface TimelinesQuery {
  readonly serviceNames: readonly string[];
  readonly from: number;
  readonly to: number;
}

const timelinesQuery = z.object({
  service: severalOf(textWithout(nameFault), 100),
  from: instant().optional(),
  to: instant().optional(),
});
/** Most hours that an answer may read, over all services together: a year of one, four days of a hundred. */
const MAX_HOURS = 10_000;

/** Reads `service`, which may be there several times, `from` and `to`. Throws a 400 with each fault. */
export function readTimelinesQuery(query: Query, nowSeconds: number): TimelinesQuery {
  const asked = readQuery(timelinesQuery, query);
  const span = completeSpan(
    // Each second that the span touches is in it.
    { from: asked.from?.second, to: asked.to && unitsFrom(asked.to, 1) },
    {
      end: Math.floor(nowSeconds) + 1,
      usual: SECONDS_PER_HOUR,
      longest: (MAX_HOURS * SECONDS_PER_HOUR) / asked.service.length,
      tooLong: 'must be later, or the services fewer: the span is too long',
    },
  );
  return { serviceNames: asked.service, ...span };
}

import { z } from 'zod';

import {
  completeSpan,
  instant,
  readQuery,
  unitsFrom,
  wholeNumber,
  type Query,
} from '../../frontdoor/query.ts';
import type { StatsSpan } from './stats.ts';

const DAY_SECONDS = 86_400;
const statsQuery = z.object({
  from: instant().optional(),
  to: instant().optional(),
  within: wholeNumber(0, DAY_SECONDS).default(600),
});

/** Reads `from`, `to` and `within`; the span ends now at the latest. Throws a 400 with each fault. */
export function readStatsQuery(query: Query, nowSeconds: number, maxDelaySeconds: number): StatsSpan {
  const asked = readQuery(statsQuery, query);
  const end = Math.floor(nowSeconds) + 1;
  const { from, to } = completeSpan(
    // Each second that the span touches is in it.
    { from: asked.from?.second, to: asked.to && Math.min(unitsFrom(asked.to, 1), end) },
    {
      end,
      usual: DAY_SECONDS,
      longest: 366 * DAY_SECONDS,
      turned: 'must be before to, and before now',
      tooLong: 'must be at most 366 days before to',
    },
  );
  // The same rule as for an interval that is ongoing.
  const overBy = Math.min(to, Math.floor(nowSeconds) - 1 - maxDelaySeconds);
  return { from, to, overBy, withinSeconds: asked.within };
}

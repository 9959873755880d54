import type pg from 'pg';

import { byService, concatenate } from './history.ts';
import { SECONDS_PER_HOUR } from './hour.ts';
import { newestIntervalOfEach } from './newest-interval.ts';
import { hoursOfEachBetween, type ObservedHour } from './queries.ts';
import type { TimelinesQuery } from './timelines-query.ts';
import { intervalsOf, isOngoing, type Interval, type TimelineRules } from './timeline.ts';

/** An interval as far as it lies in a span; `end` is null while it is ongoing. */
export interface CutInterval extends Pick<Interval, 'state' | 'start'> {
  readonly end: number | null;
}

/**
 * The intervals of each service that hold a second of the span, oldest first, cut to it; a service that was never
 * reported has none. Two statements, however many services.
 */
export async function timelinesOf(
  database: pg.Pool,
  { serviceNames, from, to }: TimelinesQuery,
  nowSeconds: number,
  rules: TimelineRules,
): Promise<Map<string, CutInterval[]>> {
  // An interval may reach over an edge of the span by its gaps: their other ends are needed.
  const firstHour = Math.max(0, Math.floor((from - rules.gapSeconds) / SECONDS_PER_HOUR));
  const lastHour = Math.floor((to + rules.gapSeconds) / SECONDS_PER_HOUR);
  const [hours, newest] = await Promise.all([
    hoursOfEachBetween(database, serviceNames, firstHour, lastHour),
    newestIntervalOfEach(database, rules.gapSeconds, serviceNames),
  ]);
  const hoursOf = byService(hours);
  return new Map(
    serviceNames.map((name) => {
      const last = newest.get(name);
      const ongoingEnd =
        last !== undefined && isOngoing(last, nowSeconds, rules.maxDelaySeconds) ? last.end : undefined;
      return [name, cut(hoursOf.get(name) ?? [], from, to, ongoingEnd, rules.gapSeconds)];
    }),
  );
}

/** `ongoingEnd` is where the service's newest interval ends so far, if that is ongoing. */
function cut(
  hours: readonly ObservedHour[],
  from: number,
  to: number,
  ongoingEnd: number | undefined,
  gapSeconds: number,
): CutInterval[] {
  return intervalsOf(concatenate(hours), gapSeconds)
    .filter(({ start, end }) => start < to && end > from)
    .map(({ state, start, end }) => ({
      state,
      start: Math.max(start, from),
      end: end === ongoingEnd ? null : Math.min(end, to),
    }));
}

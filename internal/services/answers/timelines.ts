import type { Context } from 'koa';

import { answerJson } from '../../frontdoor/answer.ts';
import { intervalsIn, type HistorySource } from '../history/reader.ts';
import { isOngoing, type Interval } from '../timeline.ts';
import type { Reading } from './reading.ts';
import { readTimelinesQuery, type TimelinesQuery } from './timelines-query.ts';

/** Returns the handler of `GET /timelines`: the intervals of some services in a span. */
export function getTimelines({ source, config, now }: Reading): (context: Context) => Promise<void> {
  return async (context) => {
    const nowSeconds = now();
    const query = readTimelinesQuery(context.query, nowSeconds);
    const timelines = await timelinesOf(source, query, nowSeconds, config.MAX_DELAY_SECONDS);
    const answer = {
      now: nowSeconds,
      from: query.from,
      to: query.to,
      // Late reports, and the second that each stands for.
      provisional_seconds: config.MAX_DELAY_SECONDS + 1,
      timelines: Array.from(timelines, ([service_name, intervals]) => ({
        service_name,
        intervals: intervals.map(({ state, start, end }) => ({ state, start_time: start, end_time: end })),
      })),
    };
    answerJson(context, JSON.stringify(answer));
  };
}

/** An interval as far as it lies in a span; `end` is null while it is ongoing. */
export interface CutInterval extends Pick<Interval, 'state' | 'start'> {
  readonly end: number | null;
}

/**
 * The intervals of each service that hold a second of the span, oldest first, cut to it; a service that was never
 * reported has none.
 */
export async function timelinesOf(
  source: HistorySource,
  { serviceNames, from, to }: TimelinesQuery,
  nowSeconds: number,
  maxDelaySeconds: number,
): Promise<Map<string, CutInterval[]>> {
  const timelines = new Map<string, CutInterval[]>();
  for (const [name, { intervals, newest }] of await intervalsIn(source, serviceNames, from, to)) {
    const goesOn =
      newest !== undefined &&
      isOngoing(newest.interval, nowSeconds, { gapSeconds: newest.gapSeconds, maxDelaySeconds });
    // Of an interval that goes on behind the span only a part was read: it is the newest if the two share a second.
    const isOngoingPart = ({ start, end }: Interval) =>
      goesOn && start < newest.interval.end && end > newest.interval.start;
    const cut = intervals
      .filter(({ start, end }) => start < to && end > from)
      .map((interval) => ({
        state: interval.state,
        start: Math.max(interval.start, from),
        end: isOngoingPart(interval) ? null : Math.min(interval.end, to),
      }));
    timelines.set(name, cut);
  }
  return timelines;
}

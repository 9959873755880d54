import type { Context } from 'koa';
import { z } from 'zod';

import { answerStream } from '../../frontdoor/answer.ts';
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
import { inTurns, piecesOf } from '../../program/in-turns.ts';
import { intervalsIn } from '../history/newest.ts';
import type { HistorySource } from '../history/reader.ts';
import { isOngoing, SECONDS_PER_HOUR, type Interval } from '../timeline.ts';
import type { Reading } from './one-service.ts';

/** Which timelines are asked for: of these services, over [from, to) in whole unix seconds. */
export interface TimelinesQuery {
  readonly serviceNames: readonly string[];
  readonly from: number;
  readonly to: number;
}

export const timelinesQuery = z.object({
  service: severalOf(textWithout(nameFault), 100).meta({
    description: '1 to 100 names.',
    examples: [['web']],
  }),
  from: instant().optional().describe('An hour before `to` without it.'),
  to: instant().optional().describe('Exclusive; now without it.'),
});
/** Most hours that an answer may read, over all services together: a year of one, four days of a hundred. */
const MAX_HOURS = 10_000;
const INTERVALS_A_PIECE = 500;

/** Returns the handler of `GET /timelines`: the intervals of some services in a span. */
export function getTimelines(reading: Reading): (context: Context) => Promise<void> {
  return async (context) => {
    const nowSeconds = reading.now();
    await answerStream(
      context,
      piecesOfAnswer(reading, readTimelinesQuery(context.query, nowSeconds), nowSeconds),
    );
  };
}

/** The answer in pieces: a service that changes each second has millions of intervals in a month. */
async function* piecesOfAnswer(
  { source, config: { MAX_DELAY_SECONDS: maxDelaySeconds } }: Reading,
  query: TimelinesQuery,
  nowSeconds: number,
): AsyncGenerator<string> {
  const { from, to } = query;
  const timelines = await timelinesOf(source, query, nowSeconds, maxDelaySeconds);
  // Late reports, and the second that each stands for.
  const span = { now: nowSeconds, from, to, provisional_seconds: maxDelaySeconds + 1 };
  yield `${JSON.stringify(span).slice(0, -1)},"timelines":[`;
  let before = '';
  for (const [serviceName, intervals] of timelines) {
    yield `${before}{"service_name":${JSON.stringify(serviceName)},"intervals":[`;
    before = ',';
    let separator = '';
    for (const some of piecesOf(intervals, INTERVALS_A_PIECE)) {
      const members = some.map(({ state, start, end }) =>
        JSON.stringify({ state, start_time: start, end_time: end }),
      );
      yield separator + members.join(',');
      separator = ',';
    }
    yield ']}';
  }
  yield ']}';
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
    const cut: CutInterval[] = [];
    await inTurns(intervals, (interval) => {
      const { state, start, end } = interval;
      if (start >= to || end <= from) return;
      cut.push({
        state,
        start: Math.max(start, from),
        end: isOngoingPart(interval) ? null : Math.min(end, to),
      });
    });
    timelines.set(name, cut);
  }
  return timelines;
}

/** Reads `service`, which may be there several times, `from` and `to`. Throws a 400 with each fault. */
function readTimelinesQuery(query: Query, nowSeconds: number): TimelinesQuery {
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

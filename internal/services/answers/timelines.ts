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
  wholeNumber,
} from '../../frontdoor/query.ts';
import { invalidRequest } from '../../frontdoor/problem.ts';
import { piecesOf } from '../../program/in-turns.ts';
import type { TakeInterval } from '../fold.ts';
import { foldSpan, type Wanted } from '../history/folded.ts';
import { newestIntervals } from '../history/newest.ts';
import type { HistorySource } from '../history/reader.ts';
import {
  isOngoing,
  provisionalSeconds,
  SECONDS_PER_HOUR,
  type Interval,
  type ReportedState,
} from '../timeline.ts';
import type { Reading } from './one-service.ts';
import { StepTally } from './steps.ts';

/** Most steps, or intervals beside them, of all services together that are told: as many as Prometheus tells of a series. */
const MAX_POINTS = 11_000;

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
  step: wholeNumber(1, 100_000_000)
    .optional()
    .describe(
      'Tell each timeline in steps of so many seconds from `from` on: for how much of each a service was in which state.',
    ),
  max_intervals: wholeNumber(1, MAX_POINTS)
    .optional()
    .describe(
      'With `step`: tell a service that has no more intervals than this by its intervals, all the same.',
    ),
});
/** Most hours that an answer may read, over all services together: a year of one, four days of a hundred. */
const MAX_HOURS = 10_000;
const MEMBERS_A_PIECE = 500;

/** In how long steps timelines are told, and up to how many intervals by those, all the same. */
interface Steps {
  readonly stepSeconds: number;
  readonly maxIntervals: number;
}

type Asked = TimelinesQuery & { readonly steps: Steps | undefined };

/** Returns the handler of `GET /timelines`: the intervals of some services in a span, or what they come to in steps. */
export function getTimelines(reading: Reading): (context: Context) => Promise<void> {
  return async (context) => {
    const nowSeconds = reading.now();
    await answerStream(
      context,
      piecesOfAnswer(reading, readTimelinesQuery(context.querystring, nowSeconds), nowSeconds),
    );
  };
}

/** The answer in pieces: a service that changes each second has millions of intervals in a month. */
async function* piecesOfAnswer(
  { source, config: { GAP_SECONDS: gapSeconds, MAX_DELAY_SECONDS: maxDelaySeconds } }: Reading,
  query: Asked,
  nowSeconds: number,
): AsyncGenerator<string> {
  const { from, to, steps } = query;
  const timelines = new Map(query.serviceNames.map((name) => [name, new Timeline(query, steps)]));
  const timelineOf = (name: string) => timelines.get(name) ?? new Timeline(query, steps);
  await foldTimelines(source, query, { nowSeconds, maxDelaySeconds }, (name) => timelineOf(name).take);
  const provisional_seconds = provisionalSeconds({ gapSeconds, maxDelaySeconds });
  const span = { now: nowSeconds, from, to, provisional_seconds };
  const head = steps === undefined ? span : { ...span, step: steps.stepSeconds };
  yield `${JSON.stringify(head).slice(0, -1)},"timelines":[`;
  let before = '';
  for (const [serviceName, timeline] of timelines) {
    const { kind, members } = timeline.told();
    yield `${before}{"service_name":${JSON.stringify(serviceName)},"${kind}":[`;
    before = ',';
    let separator = '';
    for (const some of piecesOf(members, MEMBERS_A_PIECE)) {
      yield separator + some.join(',');
      separator = ',';
    }
    yield ']}';
  }
  yield ']}';
}

/** What is told of one service: its intervals, or if steps are asked for and there are too many of them, its steps. */
class Timeline {
  readonly #most: number;
  readonly #intervals: CutInterval[] = [];
  readonly #steps: StepTally | undefined;

  constructor(span: Span, steps: Steps | undefined) {
    this.#most = steps === undefined ? Infinity : steps.maxIntervals;
    this.#steps = steps && new StepTally(span, steps.stepSeconds);
  }

  readonly take: TakePart = (state, start, end, goesOn) => {
    this.#steps?.add(state, start, end);
    // One more than is told shows that there are too many.
    if (this.#intervals.length > this.#most) return;
    this.#intervals.push({ state, start, end: goesOn ? null : end });
  };

  told(): { readonly kind: 'intervals' | 'steps'; readonly members: Iterable<string> } {
    if (this.#steps === undefined || (this.#most > 0 && this.#intervals.length <= this.#most)) {
      return { kind: 'intervals', members: intervalTexts(this.#intervals) };
    }
    return { kind: 'steps', members: this.#steps.texts() };
  }
}

function* intervalTexts(intervals: readonly CutInterval[]): Generator<string> {
  for (const { state, start, end } of intervals) {
    yield `{"state":"${state}","start_time":${start},"end_time":${end}}`;
  }
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** An interval as far as it lies in a span; `end` is null while it is ongoing. */
export interface CutInterval extends Pick<Interval, 'state' | 'start'> {
  readonly end: number | null;
}

/** Told an interval as far as it lies in a span; of one that is ongoing `end` is one second after the last that is known of. */
type TakePart = (state: ReportedState, start: number, end: number, isOngoing: boolean) => void;

/**
 * The intervals of each service that hold a second of the span, oldest first, cut to it; a service that was never
 * reported has none.
 */
export async function timelinesOf(
  source: HistorySource,
  query: TimelinesQuery,
  nowSeconds: number,
  maxDelaySeconds: number,
): Promise<Map<string, CutInterval[]>> {
  const timelines = new Map(query.serviceNames.map((name): [string, CutInterval[]] => [name, []]));
  await foldTimelines(source, query, { nowSeconds, maxDelaySeconds }, (name) => {
    const own = timelines.get(name);
    return (state, start, end, goesOn) => own?.push({ state, start, end: goesOn ? null : end });
  });
  return timelines;
}

/** Tells the parts of intervals that lie in the span, of each service oldest first. */
async function foldTimelines(
  source: HistorySource,
  { serviceNames, from, to }: TimelinesQuery,
  { nowSeconds, maxDelaySeconds }: { readonly nowSeconds: number; readonly maxDelaySeconds: number },
  takerOf: (serviceName: string) => TakePart,
): Promise<void> {
  const pending = await source.pending({ serviceNames });
  const known = await newestIntervals(source, { serviceNames }, pending);
  const wanted = known.map(({ serviceName, gapSeconds, interval: newest }): Wanted => {
    const goesOn = isOngoing(newest, nowSeconds, { gapSeconds, maxDelaySeconds });
    const takePart = takerOf(serviceName);
    const take: TakeInterval = (state, start, end) => {
      if (start >= to || end <= from) return;
      // Of an interval that goes on behind the span only a part was read: it is the newest if the two share a second.
      const isNewest = goesOn && start < newest.end && end > newest.start;
      takePart(state, Math.max(start, from), Math.min(end, to), isNewest);
    };
    return { serviceName, gapSeconds, take };
  });
  await foldSpan(source, wanted, pending, { from, to, onlyIssueHours: false });
}

/** Reads `service`, which may be there several times, `from`, `to`, and `step`. Throws a 400 with each fault. */
function readTimelinesQuery(query: string, nowSeconds: number): Asked {
  const {
    step,
    max_intervals: maxIntervals = 0,
    service: serviceNames,
    ...asked
  } = readQuery(timelinesQuery, query);
  const span = completeSpan(
    // Each second that the span touches is in it.
    { from: asked.from?.second, to: asked.to && unitsFrom(asked.to, 1) },
    {
      end: Math.floor(nowSeconds) + 1,
      usual: SECONDS_PER_HOUR,
      longest: (MAX_HOURS * SECONDS_PER_HOUR) / serviceNames.length,
      tooLong: 'must be later, or the services fewer: the span is too long',
    },
  );
  const most = MAX_POINTS / serviceNames.length;
  if (step !== undefined && Math.ceil((span.to - span.from) / step) > most) {
    const message = `must be more, or the services fewer: all services together have ${MAX_POINTS} steps at most`;
    throw invalidRequest([{ field: 'step', message }]);
  }
  if (maxIntervals > most || (maxIntervals > 0 && step === undefined)) {
    const message = `needs step, and must be at most ${MAX_POINTS} for all services together`;
    throw invalidRequest([{ field: 'max_intervals', message }]);
  }
  return {
    serviceNames,
    ...span,
    steps: step === undefined ? undefined : { stepSeconds: step, maxIntervals },
  };
}

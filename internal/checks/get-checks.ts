import type { Context } from 'koa';
import type pg from 'pg';
import { z } from 'zod';

import { answerJson } from '../frontdoor/answer.ts';
import { nameFault } from '../frontdoor/fields.ts';
import { Problem } from '../frontdoor/problem.ts';
import { completeSpan, instant, readQuery, text, unitsFrom, wholeNumber } from '../frontdoor/query.ts';
import type { Pipeline } from '../pipeline/feature.ts';
import { checkJson, summaryOf, WINDOW_MS } from './check.ts';
import type { ChecksConfig } from './config.ts';
import { targetsOf } from './targets.ts';
import { checksOfWindow, countsOfWindow, isKnown } from './queries.ts';

/** Returns the handler of `GET /checks`: the checks of the last five minutes, oldest first. */
export function getChecks(pipeline: Pipeline<ChecksConfig>): (context: Context) => Promise<void> {
  const { database, now } = pipeline;
  return async (context) => {
    const target = await readTarget(pipeline, context);
    const checks = await checksOfWindow(database, target, now() * 1000);
    answerJson(context, JSON.stringify({ response: checks.map(checkJson) }));
  };
}

/** Returns the handler of `GET /checks/summary`: what those checks come to. */
export function getSummary(pipeline: Pipeline<ChecksConfig>): (context: Context) => Promise<void> {
  const { database, now } = pipeline;
  return async (context) => {
    const target = await readTarget(pipeline, context);
    const counts = await countsOfWindow(database, target === undefined ? undefined : [target], now() * 1000);
    answerJson(context, JSON.stringify(summaryOf(counts)));
  };
}

/** A span of time in whole milliseconds since 1970: `fromMs` is in it, `toMs` is not. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

const USUAL_SPAN_MS = 1_800_000;
const DAY_MS = 86_400_000;
/** A span of at most a day. */
export const spanQuery = z.object({
  from: instant()
    .optional()
    .describe('Inclusive. At most a day before `to`; the default is 30 minutes before it.'),
  to: instant().optional().describe('Exclusive. The default is now.'),
});

/** The share of failures among a target's checks of the five minutes up to one of them, in percent. */
interface PercentPoint {
  readonly target: string;
  readonly checkedMs: number;
  readonly failurePercent: number;
}

/** Returns the handler of `GET /checks/percent`: how the failure percentage went. */
export function getPercent(pipeline: Pipeline<ChecksConfig>): (context: Context) => Promise<void> {
  const { database, now } = pipeline;
  return async (context) => {
    const span = readSpan(context.querystring, now() * 1000);
    const target = await readTarget(pipeline, context);
    const { step } = readQuery(percentQuery, context.querystring);
    const points = (await percentPoints(database, target, span, step)).map((point) => ({
      target: point.target,
      timestamp: new Date(point.checkedMs).toISOString(),
      failure_percent: point.failurePercent,
    }));
    answerJson(context, JSON.stringify({ points }));
  };
}

/** Reads `from` and `to`; the default is the last 30 minutes up to `nowMs`, or to `to`. Throws a 400 with each fault. */
export function readSpan(query: string, nowMs: number): Span {
  const asked = readQuery(spanQuery, query);
  const { from, to } = completeSpan(
    { from: asked.from && unitsFrom(asked.from, 1000), to: asked.to && unitsFrom(asked.to, 1000) },
    {
      // A check of this very millisecond is one of the last 30 minutes, too.
      end: Math.floor(nowMs) + 1,
      usual: USUAL_SPAN_MS,
      longest: DAY_MS + 1,
      tooLong: 'must be at most a day before to',
    },
  );
  return { fromMs: from, toMs: to };
}

/** A point for each check in the span, of one target or all, oldest first; with a step the last one of each target in it only. */
export async function percentPoints(
  database: pg.Pool,
  target: string | undefined,
  { fromMs, toMs }: Span,
  stepSeconds?: number,
): Promise<PercentPoint[]> {
  const { rows } = await database.query<PercentPoint>({
    name: 'failure percentages',
    // Times are whole milliseconds: what is less than five minutes before is at most 299999 of them.
    text: `
      select target, checked_ms::float8 as "checkedMs",
        round(100.0 * failures / total, 2)::float8 as "failurePercent"
      from (
        select
          target,
          checked_ms,
          -- Of a millisecond there is one check at most.
          lead(checked_ms) over (partition by target order by checked_ms) as next_ms,
          count(*) over five_minutes as total,
          count(*) filter (where failed) over five_minutes as failures
        from checks
        where checked_ms > $1::int8 - ${WINDOW_MS} and checked_ms < $2::int8 and ($3::text is null or target = $3)
        window five_minutes as (
          partition by target
          order by checked_ms
          range between ${WINDOW_MS - 1} preceding and current row
        )
      ) as rolling
      where checked_ms >= $1::int8
        and (next_ms is null or checked_ms / $4::int8 < next_ms / $4::int8)
      order by checked_ms, target`,
    values: [fromMs, toMs, target ?? null, stepSeconds === undefined ? 1 : 1000 * stepSeconds],
  });
  return rows;
}

export const targetQuery = z.object({ target: text().optional().describe('Only this one.') });
/** All that `GET /checks/percent` may be asked. */
export const percentQuery = targetQuery.extend(spanQuery.shape).extend({
  step: wholeNumber(1, 86_400)
    .optional()
    .describe(
      'Seconds: of each such part of the time only the last point of a target. All of them without it.',
    ),
});

/**
 * Reads `?target=`; undefined means all. Throws a 404 {@link Problem} for a target that is neither configured here nor
 * was ever checked, as far as checks are kept.
 */
async function readTarget(
  { database, config }: Pick<Pipeline<ChecksConfig>, 'database' | 'config'>,
  { querystring }: Context,
): Promise<string | undefined> {
  const { target } = readQuery(targetQuery, querystring);
  if (target !== undefined) await requireKnown({ database, config }, target);
  return target;
}

/** Throws a 404 {@link Problem} for a target that is neither configured here nor was checked, as far as checks are kept. */
export async function requireKnown(
  { database, config }: Pick<Pipeline<ChecksConfig>, 'database' | 'config'>,
  target: string,
): Promise<void> {
  if (targetsOf(config).some(({ name }) => name === target)) return;
  // What can be no name was never checked, and Postgres takes no U+0000 in a question either.
  const isTarget = nameFault(target) === undefined && (await isKnown(database, target));
  if (!isTarget) throw new Problem(404, 'not-found', 'This target is not checked.');
}

import type { Context } from 'koa';
import type pg from 'pg';

import { answerJson } from '../frontdoor/answer.ts';
import { readQuery, text } from '../frontdoor/query.ts';
import type { Pipeline } from '../pipeline/feature.ts';
import { percent, verdictJson } from './check.ts';
import type { ChecksConfig } from './config.ts';
import { targetsOf, type CheckTarget } from './targets.ts';
import { readSpan, requireKnown, spanQuery, type Span } from './get-checks.ts';
import { statusText } from './outcome.ts';
import { certificateEnd, newestChecks } from './queries.ts';

const POINTS = 120;
const FAILURES = 20;
export const historyQuery = spanQuery.extend({
  target: text().meta({ description: 'Which one.', examples: ['web'] }),
});

/** Returns the handler of `GET /checks/history`: all that is known of one target, and how long it took to answer. */
export function getHistory(pipeline: Pipeline<ChecksConfig>): (context: Context) => Promise<void> {
  const { database, config, now } = pipeline;
  return async (context) => {
    const span = readSpan(context.querystring, now() * 1000);
    const { target } = readQuery(historyQuery, context.querystring);
    await requireKnown(pipeline, target);
    const configured = targetsOf(config).find(({ name }) => name === target);
    const [[last], failures, endMs, { whole, points }] = await Promise.all([
      newestChecks(database, target, { limit: 1, failedOnly: false }),
      newestChecks(database, target, { limit: FAILURES, failedOnly: true }),
      certificateEnd(database, target),
      latencies(database, target, span),
    ]);
    const answer = {
      target,
      asked: configured === undefined ? null : howAsked(configured),
      last: last === undefined ? null : verdictJson(last),
      last_failures: failures.map(verdictJson),
      certificate_end: endMs === undefined ? null : new Date(endMs).toISOString(),
      from: span.fromMs / 1000,
      to: span.toMs / 1000,
      ...whole,
      points,
    };
    answerJson(context, JSON.stringify(answer));
  };
}

/** How a target is asked, without what may be secret: names and passwords, queries, headers and bodies. */
function howAsked(target: CheckTarget): object {
  const { origin, pathname, search } = new URL(target.url);
  return {
    url: `${origin}${pathname}${search === '' ? '' : '?…'}`,
    method: target.method,
    status: statusText(target),
    body_contains: target.bodyContains ?? null,
    interval_seconds: target.intervalMs / 1000,
    timeout_seconds: target.timeoutMs / 1000,
    retries: target.retries,
  };
}

/** What the checks of a stretch of time come to. */
interface Figures {
  readonly total: number;
  readonly failures: number;
  readonly failure_percent: number;
  /** Of whole responses, in milliseconds; null where there was none. */
  readonly latency_ms: { readonly p50: number; readonly p90: number; readonly p99: number } | null;
}

interface FiguresRow {
  /** Milliseconds since 1970; null for the whole span. */
  readonly fromMs: number | null;
  readonly total: number;
  readonly failures: number;
  readonly latencies: readonly [number, number, number] | null;
}

/** The figures of the span, and of each of its parts in which there was a check, oldest first. */
export async function latencies(
  database: pg.Pool,
  target: string,
  { fromMs, toMs }: Span,
): Promise<{ readonly whole: Figures; readonly points: readonly ({ readonly from: number } & Figures)[] }> {
  // Whole seconds, at the same times whenever it is asked, so that points stay where they are as time passes.
  const stepMs = Math.ceil((toMs - fromMs) / POINTS / 1000) * 1000;
  const { rows } = await database.query<FiguresRow>({
    name: 'latencies of a target',
    text: `
      select (checked_ms / $4::int8 * $4)::float8 as "fromMs",
        count(*)::int4 as total,
        count(*) filter (where failed)::int4 as failures,
        percentile_disc(array[0.5, 0.9, 0.99]) within group (order by latency_ms)
          filter (where code is not null) as latencies
      from checks
      where target = $1 and checked_ms >= $2::int8 and checked_ms < $3::int8
      group by grouping sets ((), (checked_ms / $4::int8 * $4))
      order by 1 nulls first`,
    values: [target, fromMs, toMs, stepMs],
  });
  const [whole, ...parts] = rows;
  return {
    whole: figuresOf(whole ?? { fromMs: null, total: 0, failures: 0, latencies: null }),
    points: parts.map((part) => ({ from: (part.fromMs ?? 0) / 1000, ...figuresOf(part) })),
  };
}

function figuresOf({ total, failures, latencies: told }: FiguresRow): Figures {
  const [p50, p90, p99] = told ?? [];
  const isKnown = p50 !== undefined && p90 !== undefined && p99 !== undefined;
  return {
    total,
    failures,
    failure_percent: percent(failures, total),
    latency_ms: isKnown ? { p50, p90, p99 } : null,
  };
}

import type { Context } from 'koa';
import type pg from 'pg';

import { answerEmpty, answerJson } from '../frontdoor/answer.ts';
import { readJson } from '../frontdoor/body.ts';
import { invalidRequest, Problem } from '../frontdoor/problem.ts';
import type { FeatureRoutes } from '../frontdoor/route.ts';
import type { Lanes } from '../shards/shards.ts';
import { appendReport, type ReportColumns } from './columns.ts';
import { newestIntervalOfEach, newestIntervals } from './history.ts';
import { parseReport, serviceNameFault } from './report.ts';
import { isOngoing, stateAt, type TimelineRules } from './timeline.ts';

export interface ServicesOptions {
  readonly lanes: Lanes<ReportColumns>;
  readonly database: pg.Pool;
  readonly rules: TimelineRules & { readonly maxFutureSeconds: number };
  readonly maxBodyBytes: number;
  /** The server's clock, in unix seconds with a fraction. */
  readonly now: () => number;
}

const LATEST_EVENTS = 50;

/** `POST /event`, `GET /services`, `GET /services/:name/latest-events`. */
export function servicesRoutes({
  lanes,
  database,
  rules,
  maxBodyBytes,
  now,
}: ServicesOptions): FeatureRoutes {
  async function postEvent(context: Context): Promise<void> {
    const body = await readJson(context.req, maxBodyBytes);
    const report = parseReport(body, now(), rules.maxFutureSeconds);
    if (Array.isArray(report)) throw invalidRequest(report);
    const [committed] = lanes.of(report.serviceName).append(1, (columns) => appendReport(columns, report));
    await committed;
    answerEmpty(context);
  }

  async function getServices(context: Context): Promise<void> {
    const intervals = await newestIntervalOfEach(database, rules.gapSeconds);
    const nowSeconds = now();
    // Written by hand: as keys of an object, __proto__ would vanish and 2 would come before 10.
    const members = Array.from(intervals, ([serviceName, interval]) => {
      const { state, since } = stateAt(interval, nowSeconds, rules.maxDelaySeconds);
      return `${JSON.stringify(serviceName)}:{"state":"${state}","since":${since}}`;
    });
    answerJson(context, `{${members.join(',')}}`);
  }

  async function getLatestEvents(context: Context, serviceName: string): Promise<void> {
    // What can be no name was never reported, and Postgres takes no U+0000 in a question either.
    const known = serviceNameFault(serviceName) === undefined;
    const intervals = known
      ? await newestIntervals(database, serviceName, LATEST_EVENTS, rules.gapSeconds)
      : [];
    if (intervals.length === 0) throw new Problem(404, 'not-found', 'This service was never reported.');
    const nowSeconds = now();
    const events = intervals.map((interval, index) => ({
      state: interval.state,
      start_time: interval.start,
      end_time: index === 0 && isOngoing(interval, nowSeconds, rules.maxDelaySeconds) ? null : interval.end,
    }));
    answerJson(context, JSON.stringify(events));
  }

  return {
    hot: { 'POST /event': postEvent },
    add(router) {
      router.post('/event', postEvent);
      router.get('/services', getServices);
      router.get('/services/:name/latest-events', (context) =>
        getLatestEvents(context, context.params.name ?? ''),
      );
    },
  };
}

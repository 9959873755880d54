import type { RouterContext } from '@koa/router';
import type { Context } from 'koa';

import { answerJson } from '../frontdoor/answer.ts';
import type { Pipeline } from '../pipeline/feature.ts';
import { requireRun, requireRuns } from './known.ts';
import { jobNames } from './queries.ts';
import { durationMs, stateOf } from './run-state.ts';

type Database = Pipeline['database'];

/** Returns the handler of `GET /job`: the names of all jobs. */
export function getJobs(database: Database): (context: Context) => Promise<void> {
  return async (context) => answerJson(context, JSON.stringify({ jobs: await jobNames(database) }));
}

/** Returns the handler of `GET /job/:name`: the ids of the job's runs, in the order in which they were first heard of. */
export function getRunIds(database: Database): (context: RouterContext) => Promise<void> {
  return async (context) => {
    const runs = await requireRuns(database, context);
    answerJson(context, JSON.stringify({ run_ids: runs.map(({ runId }) => runId) }));
  };
}

/** Returns the handler of `GET /job/:name/runs`: the same runs with their states. */
export function getRuns({ database, now }: Pipeline): (context: RouterContext) => Promise<void> {
  return async (context) => {
    const runs = await requireRuns(database, context);
    const nowMs = now() * 1000;
    const answer = runs.map((run) => ({
      run_id: run.runId,
      state: stateOf(run, nowMs),
      started_at: run.firstStartMs,
      ended_at: run.lastEndMs,
      duration_ms: durationMs(run),
      last_seen_at: run.lastSeenMs,
      events: run.events,
    }));
    answerJson(context, JSON.stringify(answer));
  };
}

/** Returns the handler of `GET /job/:name/:run_id/duration`. */
export function getDuration(database: Database): (context: RouterContext) => Promise<void> {
  return async (context) => {
    const { run } = await requireRun(database, context);
    answerJson(context, JSON.stringify({ 'duration-ms': durationMs(run) }));
  };
}

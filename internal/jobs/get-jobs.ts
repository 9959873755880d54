import type { RouterContext } from '@koa/router';
import type { Context } from 'koa';

import { answerJson } from '../frontdoor/answer.ts';
import { invalidRequest } from '../frontdoor/problem.ts';
import type { Pipeline } from '../pipeline/feature.ts';
import { requireRun, requireRuns } from './known.ts';
import { jobNames, newestRuns } from './queries.ts';
import { durationMs, stateOf, type Run } from './run-state.ts';

const DEFAULT_LIMIT = 200;
const MAX_LIMIT = 1000;

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
    answerJson(context, JSON.stringify(runs.map((run) => toAnswer(run, nowMs))));
  };
}

/** Returns the handler of `GET /job-runs`: the newest runs of all jobs, newest first. */
export function getNewestRuns({ database, now }: Pipeline): (context: Context) => Promise<void> {
  return async (context) => {
    const found = await newestRuns(database, readLimit(context.query.limit));
    const nowMs = now() * 1000;
    const runs = found.map(({ jobName, run }) => ({ job_name: jobName, ...toAnswer(run, nowMs) }));
    answerJson(context, JSON.stringify({ runs }));
  };
}

function readLimit(text: string | string[] | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = typeof text === 'string' && /^\d{1,4}$/.test(text) ? Number(text) : NaN;
  if (limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw invalidRequest([{ field: 'limit', message: `must be a whole number from 1 to ${MAX_LIMIT}` }]);
}

function toAnswer(run: Run, nowMs: number): object {
  return {
    run_id: run.runId,
    state: stateOf(run, nowMs),
    started_at: run.firstStartMs,
    ended_at: run.lastEndMs,
    duration_ms: durationMs(run),
    last_seen_at: run.lastSeenMs,
    events: run.events,
  };
}

/** Returns the handler of `GET /job/:name/:run_id/duration`. */
export function getDuration(database: Database): (context: RouterContext) => Promise<void> {
  return async (context) => {
    const { run } = await requireRun(database, context);
    answerJson(context, JSON.stringify({ 'duration-ms': durationMs(run) }));
  };
}

import type { RouterContext } from '@koa/router';
import type { Context } from 'koa';
import type pg from 'pg';
import { z } from 'zod';

import { answerJson } from '../frontdoor/answer.ts';
import { nameFault } from '../frontdoor/fields.ts';
import { Problem } from '../frontdoor/problem.ts';
import { readQuery, wholeNumber } from '../frontdoor/query.ts';
import type { Pipeline } from '../pipeline/feature.ts';
import { jobNames, newestRuns, readRun, runsOf } from './queries.ts';
import { durationMs, stateOf, type Run } from './run-state.ts';

export const newestRunsQuery = z.object({ limit: wholeNumber(1, 1000).default(200) });

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
    const { limit } = readQuery(newestRunsQuery, context.query);
    const found = await newestRuns(database, limit);
    const nowMs = now() * 1000;
    const runs = found.map((run) => ({ job_name: run.jobName, ...toAnswer(run, nowMs) }));
    answerJson(context, JSON.stringify({ runs }));
  };
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

/** The runs of the job that the path names. Throws a 404 {@link Problem} for a job that was never heard of. */
async function requireRuns(database: pg.Pool, { params }: RouterContext): Promise<Run[]> {
  const jobName = params.name ?? '';
  // What can be no name was never heard of, and Postgres takes no U+0000 in a question either.
  const runs = nameFault(jobName) === undefined ? await runsOf(database, jobName) : [];
  if (runs.length === 0) throw new Problem(404, 'not-found', 'This job was never heard of.');
  return runs;
}

/** The run that the path names. Throws a 404 {@link Problem} for one that was never heard of. */
export async function requireRun(
  database: pg.Pool,
  { params }: RouterContext,
): Promise<{ readonly jobName: string; readonly run: Run }> {
  const jobName = params.name ?? '';
  const runId = params.run_id ?? '';
  const isPossible = nameFault(jobName) === undefined && nameFault(runId) === undefined;
  const run = isPossible ? await readRun(database, jobName, runId) : undefined;
  if (run === undefined) throw new Problem(404, 'not-found', 'This run was never heard of.');
  return { jobName, run };
}

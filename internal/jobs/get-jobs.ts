import type { RouterContext } from '@koa/router';
import type { Context } from 'koa';
import type pg from 'pg';
import { z } from 'zod';

import { answerJson } from '../frontdoor/answer.ts';
import { nameFault } from '../frontdoor/fields.ts';
import { Problem } from '../frontdoor/problem.ts';
import { cursorCodec } from '../frontdoor/pages.ts';
import { cursor, readQuery, textWithout, wholeNumber } from '../frontdoor/query.ts';
import type { Pipeline } from '../pipeline/feature.ts';
import { jobNames, newestRuns, readRun, runsOf, type RunPlace } from './queries.ts';
import { durationMs, stateOf, type Run } from './run-state.ts';

/** Where a page of runs ended: with that run. */
const runCursor = cursorCodec<RunPlace>(
  'job run 1',
  ({ number, jobName, runId }) => [number, jobName, runId],
  ([number, jobName, runId]) =>
    typeof number === 'string' && /^\d{1,18}$/.test(number) && isName(jobName) && isName(runId)
      ? { number, jobName, runId }
      : undefined,
);

export const newestRunsQuery = z.object({
  limit: wholeNumber(1, 1000).default(200),
  search: textWithout(nameFault)
    .optional()
    .describe(
      "Only runs that hold this in the job's name or the run's id, whatever the case of A to Z. A page may hold fewer than `limit` then, and still not be the last one.",
    ),
  cursor: cursor(runCursor).optional().describe('The `next_cursor` of the page before.'),
});

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

/** Returns the handler of `GET /job-runs`: the newest runs of all jobs, newest first, in pages. */
export function getNewestRuns({ database, now }: Pipeline): (context: Context) => Promise<void> {
  return async (context) => {
    const { limit, search, cursor: after } = readQuery(newestRunsQuery, context.querystring);
    const found = await newestRuns(database, { limit, search, after });
    const nowMs = now() * 1000;
    const runs = found.runs.map((run) => ({ job_name: run.jobName, ...toAnswer(run, nowMs) }));
    answerJson(context, `{"runs":${JSON.stringify(runs)},"next_cursor":${runCursor.json(found.next)}}`);
  };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && nameFault(value) === undefined;
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

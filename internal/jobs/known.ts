import type { RouterContext } from '@koa/router';
import type pg from 'pg';

import { nameFault } from '../frontdoor/fields.ts';
import { Problem } from '../frontdoor/problem.ts';
import { readRun, runsOf } from './queries.ts';
import type { Run } from './run-state.ts';

/** The runs of the job that the path names. Throws a 404 {@link Problem} for a job that was never heard of. */
export async function requireRuns(database: pg.Pool, { params }: RouterContext): Promise<Run[]> {
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

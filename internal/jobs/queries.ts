import type pg from 'pg';

import type { Run } from './run-state.ts';

/** A row of job_runs as a {@link Run}. */
const RUN = `run_id as "runId", last_seen_ms as "lastSeenMs", first_start_ms as "firstStartMs",
  last_start_ms as "lastStartMs", last_end_ms as "lastEndMs", events::float8`;

/** Runs looked at by one statement for the names of their jobs. */
const RUNS_A_STEP = 200;

/** The names of all jobs, sorted by code point. Goes on behind the last name, whatever number of runs that one has. */
export async function jobNames(database: pg.Pool): Promise<string[]> {
  const names: string[] = [];
  for (;;) {
    const { rows } = await database.query<{ job_name: string }>({
      name: 'job names',
      text: `
        select distinct job_name
        from (
          select job_name from job_runs where job_name > $1 order by job_name limit ${RUNS_A_STEP}
        ) as next_runs
        order by job_name`,
      values: [names.at(-1) ?? ''],
    });
    if (rows.length === 0) return names;
    names.push(...rows.map(({ job_name }) => job_name));
  }
}

/** All runs of a job in the order in which they were first heard of; none if the job is not known. */
export async function runsOf(database: pg.Pool, jobName: string): Promise<Run[]> {
  const { rows } = await database.query<Run>({
    name: 'runs of a job',
    text: `
      select ${RUN}
      from job_runs
      where job_name = $1
      order by run_number`,
    values: [jobName],
  });
  return rows;
}

/** The newest runs of all jobs, by when they were first heard of, newest first. */
export async function newestRuns(
  database: pg.Pool,
  limit: number,
): Promise<(Run & { readonly jobName: string })[]> {
  const { rows } = await database.query<Run & { readonly jobName: string }>({
    name: 'newest runs',
    text: `
      select job_name as "jobName", ${RUN}
      from job_runs
      order by run_number desc
      limit $1`,
    values: [limit],
  });
  return rows;
}

/** One run, or undefined. */
export async function readRun(database: pg.Pool, jobName: string, runId: string): Promise<Run | undefined> {
  const { rows } = await database.query<Run>({
    name: 'one run of a job',
    text: `
      select ${RUN}
      from job_runs
      where job_name = $1 and run_id = $2`,
    values: [jobName, runId],
  });
  return rows[0];
}

/** A start or an end of a run. */
export interface RunChange {
  readonly jobName: string;
  readonly runId: string;
  readonly change: 'began' | 'ended';
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** The first starts and last ends of runs of all jobs, or of one, in [fromMs, toMs), in any order. */
export async function runChanges(
  database: pg.Pool,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  jobName: string | undefined,
): Promise<RunChange[]> {
  const { rows } = await database.query<RunChange>({
    name: 'changes of runs',
    text: `
      select job_name as "jobName", run_id as "runId", 'began' as change, first_start_ms as "atMs"
      from job_runs
      where first_start_ms >= $1 and first_start_ms < $2 and ($3::text is null or job_name = $3)
      union all
      select job_name, run_id, 'ended', last_end_ms
      from job_runs
      where last_end_ms >= $1 and last_end_ms < $2 and ($3::text is null or job_name = $3)
        and (last_start_ms is null or last_start_ms <= last_end_ms)`,
    values: [fromMs, toMs, jobName ?? null],
  });
  return rows;
}

import type pg from 'pg';

import type { Run } from './run-state.ts';

/** A row of job_runs as a {@link Run}. */
const RUN = `run_id as "runId", last_seen_ms as "lastSeenMs", first_start_ms as "firstStartMs",
  last_start_ms as "lastStartMs", last_end_ms as "lastEndMs", events::float8`;

/** The names of all jobs, sorted by code point. Goes from name to name by the index, whatever number of runs they have. */
export async function jobNames(database: pg.Pool): Promise<string[]> {
  const { rows } = await database.query<{ job_name: string }>({
    name: 'job names',
    text: `
      with recursive names as (
        (select job_name from job_runs order by job_name limit 1)
        union all
        select (
          select job_runs.job_name
          from job_runs
          where job_runs.job_name > names.job_name
          order by job_runs.job_name
          limit 1
        )
        from names
        where names.job_name is not null
      )
      select job_name from names where job_name is not null order by job_name`,
  });
  return rows.map(({ job_name }) => job_name);
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

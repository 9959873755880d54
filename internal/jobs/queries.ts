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

/** Where a run stands among all, by when it was first heard of. Servers of a cluster give the same numbers. */
export interface RunPlace {
  /** Of an int8, in decimal digits. */
  readonly number: string;
  readonly jobName: string;
  readonly runId: string;
}

/** A run of any job. */
export type PlacedRun = Run & RunPlace;

/** Some runs of all jobs, newest first, and where to go on; undefined if there are no more. */
export interface RunsPage {
  readonly runs: readonly PlacedRun[];
  readonly next: RunPlace | undefined;
}

// Of a page that leaves out what was not searched for; then it ends, full or not.
const MOST_LOOKED_AT = 20_000;
// The largest int8.
const BEFORE_ALL = '9223372036854775807';
const PLACE = `run_number::text as number, job_name as "jobName", run_id as "runId"`;

/** The newest runs of all jobs after a place, by when they were first heard of, that hold a text in the job's name or the run's id. */
export async function newestRuns(
  database: pg.Pool,
  { limit, search, after }: { limit: number; search: string | undefined; after: RunPlace | undefined },
): Promise<RunsPage> {
  const looked = `
    select * from job_runs
    where (run_number, job_name, run_id) < ($1::int8, $2::text, $3::text)
    order by run_number desc, job_name desc, run_id desc`;
  const place = [after?.number ?? BEFORE_ALL, after?.jobName ?? '', after?.runId ?? ''];
  const { rows } = await database.query<PlacedRun>({
    name: 'newest runs',
    text: `
      select ${PLACE}, ${RUN}
      from (${looked} limit ${MOST_LOOKED_AT}) as looked_at
      where $4::text is null or position(lower($4::text collate "C") in lower(job_name collate "C")) > 0
        or position(lower($4::text collate "C") in lower(run_id collate "C")) > 0
      order by run_number desc, job_name desc, run_id desc
      limit $5`,
    // One more than asked for shows whether there is another page.
    values: [...place, search ?? null, limit + 1],
  });
  const runs = rows.slice(0, limit);
  if (rows.length > limit) return { runs, next: runs.at(-1) };
  // Nothing was left out: these were the last.
  if (search === undefined) return { runs, next: undefined };
  const { rows: ends } = await database.query<RunPlace>({
    name: 'end of newest runs',
    text: `select ${PLACE} from (${looked} limit 1 offset ${MOST_LOOKED_AT - 1}) as last_looked_at`,
    values: place,
  });
  return { runs, next: ends[0] };
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
      where last_end_ms >= $1 and last_end_ms < $2 and ($3::text is null or job_name = $3)`,
    values: [fromMs, toMs, jobName ?? null],
  });
  return rows;
}

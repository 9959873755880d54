import type { ClientBase } from 'pg';

import { deleteArchived, inTransaction, type Archived } from '../database/transaction.ts';

const DAY_MS = 86_400_000;

/** Runs that were last heard of before this go; in milliseconds since 1970. */
export function oldestKeptMs(retentionDays: number, nowSeconds: number): number {
  return nowSeconds * 1000 - retentionDays * DAY_MS;
}

/**
 * Deletes the runs that were last heard of before `cutoffMs`, with all that is stored of them, in steps of at most
 * `limit` rows, and returns how many runs. No payload waits for more than one step: a run goes on to be deleted only
 * while nobody writes to it, and one that is heard of again keeps what is left.
 */
export async function deleteOldRuns(
  client: ClientBase,
  cutoffMs: number,
  limit: number,
  archives?: RunArchives,
): Promise<number> {
  let deleted = 0;
  for (let after: RunKey | undefined = BEFORE_ALL; after !== undefined;) {
    const old: readonly RunKey[] = await oldRunsAfter(client, after, cutoffMs, limit);
    for (const run of old) if (await deleteRun(client, run, cutoffMs, limit, archives)) deleted++;
    after = old.at(-1);
  }
  return deleted;
}

/** Where runs and their events are kept. */
export interface RunArchives {
  readonly runs: Archived | undefined;
  readonly events: Archived | undefined;
}

interface RunKey {
  readonly job_name: string;
  readonly run_id: string;
}

const BEFORE_ALL: RunKey = { job_name: '', run_id: '' };

async function oldRunsAfter(
  client: ClientBase,
  after: RunKey,
  cutoffMs: number,
  limit: number,
): Promise<RunKey[]> {
  const { rows } = await client.query<RunKey>({
    name: 'old job runs',
    text: `
      select job_name, run_id
      from job_runs
      where (job_name, run_id) > ($1, $2) and last_seen_ms < $3
      order by job_name, run_id
      limit $4`,
    values: [after.job_name, after.run_id, cutoffMs, limit],
  });
  return rows;
}

/** Whether the run is gone. Its row goes last: until then it is found again by the next turn. */
async function deleteRun(
  client: ClientBase,
  run: RunKey,
  cutoffMs: number,
  limit: number,
  archives: RunArchives | undefined,
): Promise<boolean> {
  for (;;) {
    const step = await deleteStep(client, run, cutoffMs, limit, archives);
    if (step !== 'more') return step === 'gone';
  }
}

/** Runs one step in one transaction, in which no payload can be added to the run. */
function deleteStep(
  client: ClientBase,
  { job_name, run_id }: RunKey,
  cutoffMs: number,
  limit: number,
  archives: RunArchives | undefined,
): Promise<'more' | 'gone' | 'kept'> {
  return inTransaction(client, async () => {
    const locked = await client.query({
      name: 'lock old job run',
      text: `
        select from job_runs
        where job_name = $1 and run_id = $2 and last_seen_ms < $3
        for update skip locked`,
      values: [job_name, run_id, cutoffMs],
    });
    if (locked.rowCount === 0) return 'kept';
    const events = { text: deleteEvents, values: [job_name, run_id, limit] };
    if ((await deleteArchived(client, events, archives?.events)) === limit) return 'more';
    const text = 'delete from job_runs where job_name = $1 and run_id = $2';
    await deleteArchived(client, { text, values: [job_name, run_id] }, archives?.runs);
    return 'gone';
  });
}

const deleteEvents = `
  delete from job_events
  where job_name = $1 and run_id = $2 and (generated_ms, arrival) in (
    select generated_ms, arrival
    from job_events
    where job_name = $1 and run_id = $2
    order by generated_ms, arrival
    limit $3
  )`;

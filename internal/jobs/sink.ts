import type { ClientBase } from 'pg';

import { copyRows } from '../database/copy.ts';
import { inOrder } from '../database/pipeline.ts';
import type { Sink } from '../shards/worker.ts';
import { payloadBatches, type PayloadColumns } from './batches.ts';
import { foldRuns, runKey, type RunNews } from './fold-runs.ts';
import { digestOf, generatedMsOf, numberRows, occurrenceOf, ROW_COLUMNS, type EventRow } from './rows.ts';

/**
 * Adds the Spark events of payloads to those of their runs, each once, whatever came before. The rows of the runs are
 * locked first, in the order of their names: flushes of the same run take turns and cannot deadlock, each sees what the
 * ones before have stored, and a run's events are numbered in order of arrival without a gap.
 */
export const jobSink: Sink<PayloadColumns> = {
  name: payloadBatches.sink,
  singleStatement: false,
  async write(client, { payloads }, thenCommit = (last) => last) {
    const runs = foldRuns(payloads);
    const stored = await upsertRuns(client, runs.map(nothingNewOf));
    const befores = runs.map((run) => stored.get(runKey(run)) ?? { events: 0, newestMs: null });
    const freshOfRuns = await inOrder(
      client,
      ...runs.map((run, place) => () => notStored(client, run, befores[place]?.newestMs ?? null)),
    );
    const grown: RunGrowth[] = [];
    const pieces: Uint8Array[] = [];
    for (const [place, run] of runs.entries()) {
      const fresh = freshOfRuns[place] ?? [];
      if (fresh.length === 0) continue;
      // One by one, as a pushed spread of so many overflows the stack.
      for (const piece of numberRows(fresh, befores[place]?.events ?? 0)) pieces.push(piece);
      const freshMs = fresh.reduce((latest, event) => Math.max(latest, generatedMsOf(event)), 0);
      grown.push({ run, events: fresh.length, newestMs: freshMs });
    }
    if (grown.length === 0) return;
    await thenCommit(
      inOrder(
        client,
        () => copyRows(client, `copy job_events (${ROW_COLUMNS}) from stdin (format binary)`, pieces),
        () => upsertRuns(client, grown),
      ),
    );
  },
};

/** What a flush adds to the events of a run. */
interface RunGrowth {
  readonly run: RunNews;
  readonly events: number;
  /** The latest `generated_at` of them; null of none. */
  readonly newestMs: number | null;
}

function nothingNewOf(run: RunNews): RunGrowth {
  return { run, events: 0, newestMs: null };
}

/** How many events are stored of a run, and the latest `generated_at` of them. */
interface StoredRun {
  readonly events: number;
  readonly newestMs: number | null;
}

/** Adds to runs, locks their rows until the end of the transaction, and returns by run what is stored of it then. */
async function upsertRuns(
  client: ClientBase,
  grown: readonly RunGrowth[],
): Promise<ReadonlyMap<string, StoredRun>> {
  const { rows } = await client.query<{
    job_name: string;
    run_id: string;
    events: number;
    newest_ms: number | null;
  }>({
    name: 'upsert job runs',
    // least and greatest pass over nulls.
    text: `
      insert into job_runs as kept
        (job_name, run_id, last_seen_ms, first_start_ms, last_start_ms, last_end_ms, events, newest_ms)
      select job_name, run_id, last_seen_ms, first_start_ms, last_start_ms, last_end_ms, events, newest_ms
      from unnest(
        $1::text[], $2::text[], $3::float8[], $4::float8[], $5::float8[], $6::float8[], $7::int8[], $8::float8[]
      ) as news (job_name, run_id, last_seen_ms, first_start_ms, last_start_ms, last_end_ms, events, newest_ms)
      order by job_name, run_id
      on conflict (job_name, run_id) do update set
        last_seen_ms = greatest(kept.last_seen_ms, excluded.last_seen_ms),
        first_start_ms = least(kept.first_start_ms, excluded.first_start_ms),
        last_start_ms = greatest(kept.last_start_ms, excluded.last_start_ms),
        last_end_ms = greatest(kept.last_end_ms, excluded.last_end_ms),
        events = kept.events + excluded.events,
        newest_ms = greatest(kept.newest_ms, excluded.newest_ms)
      returning job_name, run_id, events::float8, newest_ms`,
    values: [
      grown.map(({ run }) => run.jobName),
      grown.map(({ run }) => run.runId),
      grown.map(({ run }) => run.lastSeenMs),
      grown.map(({ run }) => run.times.firstStartMs),
      grown.map(({ run }) => run.times.lastStartMs),
      grown.map(({ run }) => run.times.lastEndMs),
      grown.map(({ events }) => events),
      grown.map(({ newestMs }) => newestMs),
    ],
  });
  return new Map(
    rows.map(({ job_name, run_id, events, newest_ms }) => [
      runKey({ jobName: job_name, runId: run_id }),
      { events, newestMs: newest_ms },
    ]),
  );
}

/** Those of the run's events that are not stored. What is later than all that is stored need not be looked for. */
async function notStored(
  client: ClientBase,
  { jobName, runId, events }: RunNews,
  newestMs: number | null,
): Promise<readonly EventRow[]> {
  const suspects = newestMs === null ? [] : events.filter((event) => generatedMsOf(event) <= newestMs);
  if (suspects.length === 0) return events;
  const { rows } = await client.query<{ place: number }>({
    name: 'stored job events',
    // Each is looked up by its key: the limit keeps the planner from reading the whole run to compare.
    text: `
      select (sent.place - 1)::int4 as place
      from unnest($3::float8[], $4::bytea[], $5::int4[])
        with ordinality as sent (generated_ms, content_digest, occurrence, place)
      cross join lateral (
        select from job_events as stored
        where stored.job_name = $1 and stored.run_id = $2 and stored.generated_ms = sent.generated_ms
          and stored.content_digest = sent.content_digest and stored.occurrence = sent.occurrence
        limit 1
      ) as known`,
    values: [jobName, runId, suspects.map(generatedMsOf), suspects.map(digestOf), suspects.map(occurrenceOf)],
  });
  const known = new Set(rows.map(({ place }) => suspects[place]));
  return events.filter((event) => !known.has(event));
}

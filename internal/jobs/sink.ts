import type { ClientBase } from 'pg';

import { copyRows } from '../database/copy.ts';
import type { Sink } from '../shards/worker.ts';
import { JOB_SINK, type PayloadColumns, type QueuedPayload } from './batches.ts';
import { foldRuns, runKey, type RunNews } from './fold-runs.ts';
import { ROW_COLUMNS, setPayloadId } from './rows.ts';

/**
 * Stores the Spark events of each payload once: a payload is marked in the transaction of its events, so one that comes
 * again, or a flush that is tried again, leaves them out. All flushes lock payloads first and runs second, each in the
 * order of their names, and cannot deadlock.
 */
export const jobSink: Sink<PayloadColumns> = {
  name: JOB_SINK,
  singleStatement: false,
  async write(client, { payloads }) {
    const fresh = await markPayloads(client, payloads);
    await upsertRuns(client, foldRuns(payloads, fresh));
    if (fresh.size === 0) return;
    const rows = Array.from(fresh, ([payload, id]) => {
      setPayloadId(payload.rows, id);
      return payload.rows;
    });
    await copyRows(client, `copy job_events (${ROW_COLUMNS}) from stdin (format binary)`, rows);
  },
};

/**
 * Returns the payloads that were never stored, with their ids. Waits for the end of other flushes with the same ones.
 * A payload without Spark events leaves no mark, as there is nothing to store of it.
 */
async function markPayloads(
  client: ClientBase,
  payloads: readonly QueuedPayload[],
): Promise<ReadonlyMap<QueuedPayload, string>> {
  const byKey = new Map<string, QueuedPayload>();
  for (const payload of payloads) {
    const key = `${runKey(payload)}\n${payload.payloadCounter}`;
    // The same one may be there twice, when a caller did not wait for the answer.
    if (payload.events > 0 && !byKey.has(key)) byKey.set(key, payload);
  }
  const marked = [...byKey.values()];
  if (marked.length === 0) return new Map();
  const { rows } = await client.query<{ job_name: string; run_id: string; counter: string; id: string }>({
    name: 'mark job payloads',
    // Ids are taken in order of arrival, rows are locked in the order of their keys.
    text: `
      insert into job_payloads (job_name, run_id, payload_counter, events_digest, payload_id)
      select job_name, run_id, payload_counter, decode(digest, 'hex'), payload_id
      from (
        select job_name, run_id, payload_counter, digest, nextval('job_payload_ids') as payload_id
        from (
          select job_name, run_id, payload_counter, digest
          from unnest($1::text[], $2::text[], $3::int8[], $4::text[])
            with ordinality as sent (job_name, run_id, payload_counter, digest, place)
          order by place
        ) as in_order
      ) as numbered
      order by job_name, run_id, payload_counter
      on conflict (job_name, run_id, payload_counter) do nothing
      returning job_name, run_id, payload_counter as counter, payload_id as id`,
    values: [
      marked.map(({ jobName }) => jobName),
      marked.map(({ runId }) => runId),
      marked.map(({ payloadCounter }) => payloadCounter),
      marked.map(({ digest }) => digest),
    ],
  });
  return new Map(
    rows.flatMap(({ job_name, run_id, counter, id }) => {
      const payload = byKey.get(`${runKey({ jobName: job_name, runId: run_id })}\n${counter}`);
      return payload === undefined ? [] : [[payload, id] as const];
    }),
  );
}

async function upsertRuns(client: ClientBase, runs: readonly RunNews[]): Promise<void> {
  await client.query({
    name: 'upsert job runs',
    // least and greatest pass over nulls.
    text: `
      insert into job_runs as kept
        (job_name, run_id, last_seen_ms, first_start_ms, last_start_ms, last_end_ms, events)
      select job_name, run_id, last_seen_ms, first_start_ms, last_start_ms, last_end_ms, events
      from unnest($1::text[], $2::text[], $3::float8[], $4::float8[], $5::float8[], $6::float8[], $7::int8[])
        as news (job_name, run_id, last_seen_ms, first_start_ms, last_start_ms, last_end_ms, events)
      order by job_name, run_id
      on conflict (job_name, run_id) do update set
        last_seen_ms = greatest(kept.last_seen_ms, excluded.last_seen_ms),
        first_start_ms = least(kept.first_start_ms, excluded.first_start_ms),
        last_start_ms = greatest(kept.last_start_ms, excluded.last_start_ms),
        last_end_ms = greatest(kept.last_end_ms, excluded.last_end_ms),
        events = kept.events + excluded.events`,
    values: [
      runs.map(({ jobName }) => jobName),
      runs.map(({ runId }) => runId),
      runs.map(({ lastSeenMs }) => lastSeenMs),
      runs.map(({ times }) => times.firstStartMs),
      runs.map(({ times }) => times.lastStartMs),
      runs.map(({ times }) => times.lastEndMs),
      runs.map(({ events }) => events),
    ],
  });
}

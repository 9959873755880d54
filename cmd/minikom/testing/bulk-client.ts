import { expect } from 'chai';
import { z } from 'zod';

import { tablesOfServices } from '../../../internal/testing/services-database.ts';
import type { Answer, Asked } from '../../../internal/testing/wire.ts';
import { getJson, pagesOf, post } from './asking.ts';

const accepted = z.strictObject({ accepted: z.int() });
const page = z.strictObject({
  events: z.array(z.strictObject({ timestamp: z.iso.datetime(), data: z.unknown() })),
  next_cursor: z.string().nullable(),
});
const shardsAnswer = z.object({ shards: z.array(z.object({ batches: z.int() })) });
const workers = z.object({ workers: z.array(z.object({ events_count: z.int(), shard_id: z.int() })) });

/** What comes of bulk requests. */
export const tablesOfBulk = [
  ...tablesOfServices,
  ...['payload_events', 'event_batches', 'idempotency_keys', 'idempotency_parts'],
];

/** Sends to `POST /events`. */
export function postEvents(
  service: Asked,
  body: unknown,
  { headers = {}, query = '' }: { headers?: Record<string, string>; query?: string } = {},
): Promise<Answer> {
  return post(service, `/events${query}`, body, headers);
}

/** The same, for a body that is to be taken; resolves to how many items were. */
export async function postGoodEvents(...request: Parameters<typeof postEvents>): Promise<number> {
  const answer = await postEvents(...request);
  expect(answer.status, answer.text).to.equal(200);
  return accepted.parse(JSON.parse(answer.text)).accepted;
}

/** One page of `GET /events`. */
export async function getEvents(service: Asked, query = ''): Promise<z.infer<typeof page>> {
  return page.parse(await getJson(service, `/events${query}`));
}

/** The data of all events, newest first, page after page. */
export async function allData(service: Asked, query = ''): Promise<unknown[]> {
  const data: unknown[] = [];
  for await (const { events } of pagesOf((cursor) => getEvents(service, `?limit=1000${query}${cursor}`))) {
    data.push(...events.map((event) => event.data));
  }
  return data;
}

/** How many events each shard's workers counted, by shard id. */
export async function eventsByShard(service: Asked): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  for (const { shard_id, events_count } of workers.parse(await getJson(service, '/workers')).workers) {
    counts.set(shard_id, (counts.get(shard_id) ?? 0) + events_count);
  }
  return counts;
}

/** How many batches all shards flushed so far. */
export async function batchesFlushed(service: Asked): Promise<number> {
  const { shards } = shardsAnswer.parse(await getJson(service, '/shards'));
  return shards.reduce((sum, { batches }) => sum + batches, 0);
}

/** How many events all workers counted. */
export async function eventsCounted(service: Asked): Promise<number> {
  return [...(await eventsByShard(service)).values()].reduce((sum, count) => sum + count, 0);
}

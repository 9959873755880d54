import { expect } from 'chai';
import { z } from 'zod';

import type { Answer, Asked } from '../../../internal/testing/wire.ts';

const accepted = z.strictObject({ accepted: z.int() });
const page = z.strictObject({
  events: z.array(z.strictObject({ timestamp: z.iso.datetime(), data: z.unknown() })),
  next_cursor: z.string().nullable(),
});
const workers = z.object({ workers: z.array(z.object({ events_count: z.int(), shard_id: z.int() })) });

/** Sends to `POST /events`; what is not text or bytes is sent as JSON. */
export function postEvents(
  service: Asked,
  body: unknown,
  { headers = {}, query = '' }: { headers?: Record<string, string>; query?: string } = {},
): Promise<Answer> {
  return service.send({
    method: 'POST',
    path: `/events${query}`,
    headers,
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });
}

/** The same, for a body that is to be taken; resolves to how many items were. */
export async function postGoodEvents(...request: Parameters<typeof postEvents>): Promise<number> {
  const answer = await postEvents(...request);
  expect(answer.status, answer.text).to.equal(200);
  return accepted.parse(JSON.parse(answer.text)).accepted;
}

/** One page of `GET /events`. */
export async function getEvents(service: Asked, query = ''): Promise<z.infer<typeof page>> {
  const answer = await service.send({ path: `/events${query}` });
  expect(answer.status, answer.text).to.equal(200);
  return page.parse(JSON.parse(answer.text));
}

/** The data of all events, newest first, page after page. */
export async function allData(service: Asked, query = ''): Promise<unknown[]> {
  const data: unknown[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const next = cursor === '' ? '' : `&cursor=${cursor}`;
    const { events, next_cursor } = await getEvents(service, `?limit=1000${query}${next}`);
    data.push(...events.map((event) => event.data));
    cursor = next_cursor;
  }
  return data;
}

/** How many events each shard's workers counted, by shard id. */
export async function eventsByShard(service: Asked): Promise<Map<number, number>> {
  const answer = await service.send({ path: '/workers' });
  const counts = new Map<number, number>();
  for (const { shard_id, events_count } of workers.parse(JSON.parse(answer.text)).workers) {
    counts.set(shard_id, (counts.get(shard_id) ?? 0) + events_count);
  }
  return counts;
}

/** How many events all workers counted. */
export async function eventsCounted(service: Asked): Promise<number> {
  return [...(await eventsByShard(service)).values()].reduce((sum, count) => sum + count, 0);
}

import { z } from 'zod';

import { ANY_TYPE, answerOf, dateTime, json, nameText, NDJSON, type Api } from '../frontdoor/operation.ts';
import { eventsQuery } from './get-events.ts';
import { bulkQuery } from './post-events.ts';

/** As `event-reader.ts` takes it. */
export const item = z
  .object({
    timestamp: z
      .union([z.number().min(0), dateTime])
      .describe(
        "Unix seconds or RFC 3339, at most MAX_FUTURE_SECONDS ahead of the server's clock. Kept to the microsecond; more digits are dropped.",
      ),
    data: z.unknown().optional().describe('Any JSON, nested at most 1000 levels; kept as it came.'),
    service_name: nameText.optional().describe('Only together with state.'),
    state: z.enum(['deploy', 'issue']).optional().describe('Only together with service_name.'),
  })
  .meta({ id: 'EventItem', dependentRequired: { service_name: ['state'], state: ['service_name'] } });
const event = z.object({
  timestamp: dateTime.describe('UTC, to the microsecond.'),
  data: z.unknown().describe('As it was sent; null without data.'),
});

export const api: Api = {
  tag: 'Events',
  about: 'Many events in one request, and those with data of their own.',
  operations: {
    'POST /events': {
      operationId: 'postEvents',
      summary: 'Store many events: all of them, or none',
      description: `A JSON array of items or, with Content-Type ${NDJSON}, one item a line. An item with service_name and state is a report, as in POST /event, and is stored as a payload event too if it has data; any other item is a payload event. ${ANY_TYPE}`,
      query: bulkQuery,
      headers: z.object({
        'Idempotency-Key': z
          .string()
          .regex(/^[\x21-\x7e]{1,255}$/)
          .optional()
          .describe(
            'Makes sending the same request again store nothing again and answer the same, also when the first try reached only some of the shards. Kept for 24 hours.',
          ),
      }),
      body: {
        ...json(z.array(item), [
          { timestamp: '2026-01-02T03:04:05Z', data: { user: 7 } },
          { timestamp: 1_700_000_000.5, service_name: 'web', state: 'issue' },
        ]),
        'application/x-ndjson': {
          schema: z.string(),
          example: '{"timestamp":1700000000,"data":1}\n{"timestamp":1700000001,"data":2}\n',
        },
      },
      answers: {
        200: answerOf('Committed.', z.object({ accepted: z.int().describe('Items of the request.') }), {
          accepted: 15_000,
        }),
        400: 'The body, an item, the query or the key is wrong; nothing was stored. errors names the first 20 by index.',
        413: 'Larger than MAX_BODY_BYTES, decompressed, or more than MAX_BATCH_EVENTS items.',
        422: 'The Idempotency-Key came with another request before.',
      },
    },
    'GET /events': {
      operationId: 'getEvents',
      summary: 'Payload events, newest first, page by page',
      query: eventsQuery,
      answers: {
        200: answerOf(
          'One page; next_cursor is null on the last one.',
          z.object({ events: z.array(event), next_cursor: z.string().nullable() }),
          { events: [{ timestamp: '2026-01-02T03:04:05Z', data: { user: 7 } }], next_cursor: null },
        ),
      },
    },
  },
};

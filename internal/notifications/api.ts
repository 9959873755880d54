import { z } from 'zod';

import { answerOf, type Api } from '../frontdoor/operation.ts';
import { notificationsQuery } from './feature.ts';
import { tellableStates } from './rules.ts';

const unixSeconds = z.number().describe('Unix seconds.');
const notification = z
  .object({
    id: z.string().meta({ format: 'uuid', description: 'The same on every try: `X-Minikom-Delivery`.' }),
    kind: z.enum(['begun', 'again', 'ended']),
    rule: z.string(),
    service: z.string(),
    state: z.enum(tellableStates),
    since: unixSeconds.describe('Unix seconds: when that began.'),
    ended_at: unixSeconds.nullable(),
    at: unixSeconds.describe('Unix seconds: when it was found.'),
    receiver: z.string().describe('By name; URLs are not told.'),
    status: z.enum(['waiting', 'sent', 'failed']),
    tries: z.int().min(0),
    next_try_at: unixSeconds.nullable(),
    sent_at: unixSeconds.nullable(),
    outcome: z.string().nullable().describe('Of the last try: a status code, or what went wrong instead.'),
  })
  .meta({ id: 'Notification' });
const receiver = z.object({
  name: z.string(),
  kind: z.enum(['webhook', 'slack', 'alertmanager']),
  waiting_since: unixSeconds
    .nullable()
    .describe('Unix seconds: from when what waits the longest for it is; null if nothing does.'),
  outcome: z
    .string()
    .nullable()
    .describe(
      'What the last try with that came to: a status code, or what went wrong instead; null before any.',
    ),
});

export const api: Api = {
  tag: 'Notifications',
  about: 'Who is told what becomes of services.',
  operations: {
    'GET /notifications': {
      operationId: 'getNotifications',
      summary: 'Who was told what, and what became of it, newest first, page by page; of the last seven days',
      query: notificationsQuery,
      answers: {
        200: answerOf(
          'One page; next_cursor is null on the last one.',
          z.object({
            receivers: z.array(receiver),
            notifications: z.array(notification),
            next_cursor: z.string().nullable(),
          }),
        ),
      },
    },
  },
};

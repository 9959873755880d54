import { z } from 'zod';

import { answerOf, type Api } from '../frontdoor/operation.ts';
import { changeKinds } from './change.ts';
import { changesQuery } from './feature.ts';

const change = z
  .object({
    at: z.number().describe('Unix seconds.'),
    kind: z.enum(changeKinds).describe('What a check of ours found is told as check, and not as issue.'),
    change: z.enum(['began', 'ended', 'recorded']),
    service: z
      .string()
      .describe('The service, check, component or job; of a mute the pattern of the services that fit.'),
    since: z.number().optional().describe('Of issues, checks and mutes: when it began.'),
    seconds: z.int().optional().describe('Of their ends: how long it lasted.'),
    environment: z.string().optional(),
    state: z.string().optional(),
    run_id: z.string().optional(),
    mute_id: z.string().optional().meta({ format: 'uuid' }),
    by: z.string().optional().describe('Who muted.'),
    note: z.string().optional().describe('Why, of a mute; may be empty.'),
    until: z.number().optional().describe('Of a mute: when it ends by itself, unix seconds.'),
  })
  .meta({ id: 'Change' });
const at = 1_700_000_000;

export const api: Api = {
  tag: 'Changes',
  about: 'What happened.',
  operations: {
    'GET /changes': {
      operationId: 'getChanges',
      summary: 'What began and ended, whatever it is, newest first, page by page',
      query: changesQuery,
      answers: {
        200: answerOf(
          'One page, which may be short, or empty, with others behind it; next_cursor is null on the last one.',
          z.object({ changes: z.array(change), next_cursor: z.string().nullable() }),
          { changes: [{ at, kind: 'issue', change: 'began', service: 'web', since: at }], next_cursor: null },
        ),
      },
    },
    'GET /changes.atom': {
      operationId: 'getChangesFeed',
      summary: 'The same as an Atom feed, RFC 4287',
      query: changesQuery,
      answers: {
        200: { description: 'One page.', content: { 'application/atom+xml': { schema: z.string() } } },
      },
    },
  },
};

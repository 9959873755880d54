import { z } from 'zod';

import { answerOf, json, type Api } from '../frontdoor/operation.ts';
import { mutesQuery } from './feature.ts';
import { muteBody } from './mute.ts';

const mute = z
  .object({
    id: z.string().meta({ format: 'uuid' }),
    service: z.string().describe('The services whose names fit: `*` stands for any characters, `?` for one.'),
    by: z.string(),
    note: z.string(),
    since: z.number().describe('Unix seconds.'),
    until: z.number().describe('Unix seconds: when it ends by itself.'),
    ended_at: z
      .number()
      .nullable()
      .describe('Unix seconds: when it was ended before that; null if it was not.'),
  })
  .meta({ id: 'Mute' });
const asked = { service: 'web-*', by: 'Ana', note: 'new disks', until: 1_780_303_600 };
const example = {
  ...{ id: '0b3f1c52-6f0a-4c8e-9c1e-2f6a7d0f4a11', ...asked },
  ...{ since: 1_780_300_000, ended_at: null },
};

export const api: Api = {
  tag: 'Mutes',
  about: 'Of which services nobody is told for a while.',
  operations: {
    'POST /mutes': {
      operationId: 'postMute',
      summary: 'Acknowledge or mute services: nobody is told of them for a while',
      body: json(muteBody, asked),
      answers: {
        201: answerOf('It holds; it is committed.', mute, example),
        409: '1,000 mutes hold already.',
      },
    },
    'GET /mutes': {
      operationId: 'getMutes',
      summary: 'Of which services nobody is told for a while, newest first, page by page',
      query: mutesQuery,
      answers: {
        200: answerOf(
          'One page; next_cursor is null on the last one.',
          z.object({ mutes: z.array(mute), next_cursor: z.string().nullable() }),
          { mutes: [example], next_cursor: null },
        ),
      },
    },
    'DELETE /mutes/{id}': {
      operationId: 'endMute',
      summary: 'End a mute now; its record stays',
      path: z.object({ id: z.string().meta({ format: 'uuid', examples: [example.id] }) }),
      answers: {
        200: answerOf('It as it is now; one that had ended is as it was.', mute, {
          ...example,
          ended_at: 1_780_300_060,
        }),
        404: 'There is no such mute.',
      },
    },
  },
};

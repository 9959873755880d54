import { z } from 'zod';

import { ANY_TYPE, answerOf, dateTime, json, nameInPath, type Api } from '../frontdoor/operation.ts';
import { historicalQuery } from './get-records.ts';
import { statsQuery } from './get-stats.ts';
import { COMPONENT, ENVIRONMENT, MAX_CHARACTERS, URL_TEXT } from './record.ts';

const anyText = z.string().regex(/^[^\0\p{Cs}]{1,255}$/u);

/** As `record-parser.ts` takes it. */
export const record = z
  .object({
    Component: z.string().max(MAX_CHARACTERS).regex(COMPONENT),
    Environment: z.string().max(MAX_CHARACTERS).regex(ENVIRONMENT),
    State: anyText.describe('Any text without U+0000 and lone surrogates; counted in code points.'),
    Timestamp: dateTime.describe('Of the years 0000 to 9999 in UTC; nine digits of a fraction count.'),
    Version: anyText
      .optional()
      .describe(
        'What was deployed. Of different ones of one record the greater is kept, by its bytes; so of the next two.',
      ),
    By: anyText.optional().describe('Who or what deployed it.'),
    Url: z.string().regex(URL_TEXT).optional().describe('Where there is more about it.'),
  })
  .meta({ id: 'DeploymentRecord', description: 'Unknown fields are ignored.' });
const records = z.object({ Records: z.array(record) });
const exampleRecords = {
  Records: [
    {
      Component: 'checkout',
      Environment: 'prod',
      State: 'succeeded',
      Timestamp: '2026-03-01T10:04:00+01:00',
    },
  ],
};
const figures = z
  .object({
    component: z.string(),
    environment: z.string(),
    deployments: z.int().describe('That ended.'),
    failed_deployments: z.int().describe('Of these, that failed or were rolled back.'),
    deploys_per_day: z.number().nullable(),
    change_failure_rate: z.number().min(0).max(1).nullable(),
    median_restore_seconds: z.number().nullable(),
    is_broken: z.boolean().describe('The last failure is not restored yet.'),
    median_deployment_seconds: z.number().nullable(),
  })
  .meta({ id: 'DeliveryFigures' });
const reason = z.enum([
  'unknown state',
  'no end before the next started',
  'not ended',
  'nothing to roll back',
  'too long after the success',
]);

export const api: Api = {
  tag: 'Deployments',
  about: 'What is deployed where, what was, and how well that goes.',
  operations: {
    'POST /records': {
      operationId: 'postRecords',
      summary: 'Store deployment records',
      description: `All of them or none. A record that comes again changes nothing. An empty list is taken. ${ANY_TYPE}`,
      body: json(records, exampleRecords),
      answers: {
        200: {
          description: 'Committed.',
          content: { 'text/plain': { schema: z.literal('Ok'), example: 'Ok' } },
        },
        400: 'The body or a record is wrong; nothing was stored. The first 20 faults are named, each with the index of its record.',
        413: 'Larger than MAX_BODY_BYTES, decompressed; or more records than MAX_BATCH_EVENTS or MAX_QUEUED_EVENTS.',
      },
    },
    'GET /current': {
      operationId: 'getCurrent',
      summary: 'The newest record of every component in every environment',
      description:
        'Sorted by component and environment. Of different states with the same timestamp, the one that is greater by its bytes is current.',
      answers: {
        200: answerOf('Timestamps are in the time zone of the service.', records, exampleRecords),
      },
    },
    'GET /historical/{component}': {
      operationId: 'getHistorical',
      summary: 'All records of a component, oldest first',
      description: 'Streamed, or with `limit` a page.',
      path: z.object({ component: nameInPath('One that was never seen has no records.', 'checkout') }),
      query: historicalQuery,
      answers: {
        200: answerOf(
          'Of the same time: by environment, then by state. `next_cursor` is there with `limit` only; null after the last page.',
          records.extend({ next_cursor: z.string().nullable().optional() }),
          exampleRecords,
        ),
        400: 'The path or the query is not valid percent-encoding, or a value of the query is wrong; each is named.',
      },
    },
    'GET /deployments/stats': {
      operationId: 'getDeploymentStats',
      summary: 'How often and how well each component is deployed to each environment',
      description:
        'The rules are part of the answer, and explained in docs/deployments.md. Numbers are null where there is nothing to tell them from.',
      query: statsQuery,
      answers: {
        200: answerOf(
          'By component and environment.',
          z.object({
            rules: z.string(),
            within: z.int(),
            deployables: z.array(figures),
            excluded_count: z.int(),
            excluded: z.array(z.object({ record, reason })).max(100),
          }),
        ),
      },
    },
  },
};

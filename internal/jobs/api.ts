import { z } from 'zod';

import { ANY_TYPE, answerOf, json, nameInPath, nameText, NDJSON, type Api } from '../frontdoor/operation.ts';
import { newestRunsQuery } from './get-jobs.ts';

const message = z
  .object({
    message_type: z.enum(['spark-event', 'heartbeat']),
    content: z
      .string()
      .optional()
      .describe(
        "Of a spark-event: required, the text of a JSON object, kept as it came. A heartbeat's is not looked at.",
      ),
    generated_at: z.number().min(0).max(8_640_000_000_000_000).describe('Milliseconds since 1970.'),
  })
  .meta({ id: 'JobMessage' });

/** As `parse-payload.ts` takes it. */
export const payload = z
  .object({
    job_name: nameText,
    run_id: nameText,
    sent_at: z.unknown().optional().describe('Not used.'),
    counters: z.object({ payload_counter: z.int().min(0).describe('Not used: it may begin anew.') }),
    messages: z.array(message),
  })
  .meta({ id: 'JobPayload' });
const START = '{"Event":"SparkListenerApplicationStart","Timestamp":1700000000000}';
const examplePayload = {
  job_name: 'etl',
  run_id: '2023-11-14',
  sent_at: 1_700_000_000_300,
  counters: { payload_counter: 1 },
  messages: [
    { message_type: 'spark-event', content: START, generated_at: 1_700_000_000_100 },
    { message_type: 'heartbeat', content: '', generated_at: 1_700_000_000_200 },
  ],
};
const run = z
  .object({
    run_id: z.string(),
    state: z
      .enum(['running', 'finished', 'lost'])
      .describe(
        'finished: an ApplicationEnd is known and no ApplicationStart after the latest one. lost: not finished, and nothing was heard for 60 seconds.',
      ),
    started_at: z
      .number()
      .nullable()
      .describe('The earliest ApplicationStart, in milliseconds since 1970; null until known.'),
    ended_at: z
      .number()
      .nullable()
      .describe('The latest ApplicationEnd, in milliseconds since 1970; null until known.'),
    duration_ms: z.number().nullable(),
    last_seen_at: z
      .number()
      .describe("When the last payload arrived, by the server's clock, in milliseconds since 1970."),
    events: z.int().describe('Spark events stored.'),
  })
  .meta({ id: 'JobRun' });
const exampleRun = {
  run_id: '2023-11-14',
  state: 'finished',
  started_at: 1_700_000_000_000,
  ended_at: 1_700_000_009_050,
  duration_ms: 9050,
  last_seen_at: 1_700_000_010_000,
  events: 3,
};

const name = nameInPath("The job's name, percent-encoded: `/` is `%2F`.", 'etl');
const ofJob = z.object({ name });
const ofRun = z.object({ name, run_id: nameInPath("The run's id, percent-encoded.", '2023-11-14') });
const UNKNOWN_JOB = 'The job was never heard of.';
const UNKNOWN_RUN = 'The run was never heard of.';

export const api: Api = {
  tag: 'Jobs',
  about: 'What the Spark listener tells of jobs and their runs.',
  operations: {
    'POST /collect': {
      operationId: 'collect',
      summary: 'Store what a Spark listener sends: all of it, or nothing',
      description: `Usually gzipped. ${ANY_TYPE} The Spark events of a run form a set: one is the same as another if generated_at and content are the same and it is the n-th such one of its payload. Sending a payload again, in whole or with more in it, adds only what is new, whatever its counter says.`,
      body: json(payload, examplePayload),
      answers: {
        200: answerOf('Committed.', z.object({ message: z.literal('received') }), { message: 'received' }),
        400: 'The body or a message is wrong; nothing was stored. errors names the first 20 by index and field.',
        413: 'Larger than MAX_BODY_BYTES, decompressed, or more than MAX_BATCH_EVENTS messages.',
      },
    },
    'GET /job': {
      operationId: 'getJobs',
      summary: 'The names of all Spark jobs, sorted by code point',
      answers: { 200: answerOf('All of them.', z.object({ jobs: z.array(z.string()) }), { jobs: ['etl'] }) },
    },
    'GET /job/{name}': {
      operationId: 'getRunIds',
      summary: 'The runs of a job, in the order in which they were first heard of',
      path: ofJob,
      answers: {
        200: answerOf('All of them.', z.object({ run_ids: z.array(z.string()) }), {
          run_ids: ['2023-11-14'],
        }),
        404: UNKNOWN_JOB,
      },
    },
    'GET /job/{name}/runs': {
      operationId: 'getRuns',
      summary: 'The runs of a job with their states, in the same order',
      path: ofJob,
      answers: { 200: answerOf('All of them.', z.array(run), [exampleRun]), 404: UNKNOWN_JOB },
    },
    'GET /job-runs': {
      operationId: 'getNewestRuns',
      summary: 'The newest runs of all jobs, or those that hold a text, in pages',
      query: newestRunsQuery,
      answers: {
        200: answerOf(
          'By when they were first heard of, newest first.',
          z.object({
            runs: z.array(z.object({ job_name: z.string(), ...run.shape })),
            next_cursor: z.string().nullable().describe('Null on the last page.'),
          }),
        ),
      },
    },
    'GET /job/{name}/{run_id}/events': {
      operationId: 'getRunEvents',
      summary: 'The Spark events of a run, by generated_at, equal ones in order of arrival',
      description: `Streamed. With Accept: ${NDJSON} the Spark events themselves, one per line; anything else gets JSON. An answer that is cut before its end is not complete.`,
      path: ofRun,
      answers: {
        200: {
          description: 'All of them.',
          content: {
            ...json(z.object({ events: z.array(message) }), {
              events: [{ generated_at: 1_700_000_000_100, message_type: 'spark-event', content: START }],
            }),
            'application/x-ndjson': { schema: z.string(), example: `${START}\n` },
          },
        },
        404: UNKNOWN_RUN,
      },
    },
    'GET /job/{name}/{run_id}/duration': {
      operationId: 'getRunDuration',
      summary: 'How long a run took, from its earliest ApplicationStart to its latest ApplicationEnd',
      path: ofRun,
      answers: {
        200: answerOf(
          'In milliseconds; null while either is missing.',
          z.object({ 'duration-ms': z.number().nullable() }),
          { 'duration-ms': 9050 },
        ),
        404: UNKNOWN_RUN,
      },
    },
  },
};

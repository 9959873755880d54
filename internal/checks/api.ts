import { z } from 'zod';

import { answerOf, dateTime, type Api } from '../frontdoor/operation.ts';
import { percentQuery, targetQuery } from './get-checks.ts';
import { historyQuery } from './get-history.ts';

const check = z
  .object({
    target: z.string(),
    timestamp: dateTime.describe('When the outcome was known, in UTC, to the millisecond.'),
    code: z.int().nullable().describe('The status code; null if no whole response came.'),
    outcome: z.string().meta({
      description:
        'The status code as text, or timeout, refused, reset, dns, tls, malformed, unreachable, failed.',
      examples: ['200', 'timeout'],
    }),
    latency_ms: z.number().min(0).describe('From the first step to the outcome, to a tenth.'),
  })
  .meta({ id: 'Check' });
const verdict = z
  .object({
    ...check.shape,
    failed: z.boolean(),
    error: z.string().nullable().describe('Why it failed, in words.'),
  })
  .meta({ id: 'Verdict' });
const asked = z.object({
  url: z.string().describe('Without user, password and query.'),
  method: z.string(),
  status: z.string().meta({ description: 'The statuses that are no failure.', examples: ['200–399'] }),
  body_contains: z.string().nullable(),
  interval_seconds: z.number(),
  timeout_seconds: z.number(),
  retries: z.int().describe('So many checks may fail in a row before the target counts as failing.'),
});
const percent = z.number().min(0).max(100).describe('To two decimals; 0 where there were no checks.');
const figures = {
  total: z.int(),
  failures: z.int(),
  failure_percent: percent,
  latency_ms: z
    .object({ p50: z.number(), p90: z.number(), p99: z.number() })
    .nullable()
    .describe(
      'Of whole responses: half, nine of ten and 99 of 100 took no longer; null where there was none.',
    ),
};
const history = z.object({
  target: z.string(),
  asked: asked
    .nullable()
    .describe(
      'How it is asked, without what may be secret; null if this replica is not configured to check it.',
    ),
  last: verdict.nullable(),
  last_failures: z.array(verdict).describe('Up to 20 of those that are kept, newest first.'),
  certificate_end: dateTime.nullable().describe('When the certificate ends that was shown last.'),
  from: z.number(),
  to: z.number(),
  ...figures,
  points: z
    .array(z.object({ from: z.number().describe('Unix seconds.'), ...figures }))
    .describe('The parts of the span in which there was a check, oldest first.'),
});
const summary = z
  .object({
    window_seconds: z.literal(300),
    total: z.int().min(0),
    failures: z.int().min(0).describe('Those that failed.'),
    failure_percent: percent,
    counts: z.record(z.string(), z.int().min(1)).describe('By outcome.'),
  })
  .meta({ id: 'CheckSummary' });
const point = z.object({
  target: z.string(),
  timestamp: dateTime,
  failure_percent: z.number().min(0).max(100),
});
const UNKNOWN = 'The target is neither configured nor was it checked in the last day.';

export const api: Api = {
  tag: 'Checks',
  about: 'What the health checks of CHECK_TARGETS found.',
  operations: {
    'GET /checks': {
      operationId: 'getChecks',
      summary: 'Health checks of the last five minutes, oldest first',
      description:
        'Exactly the last five minutes, also across restarts. A configured target that was not checked yet has none.',
      query: targetQuery,
      answers: { 200: answerOf('The checks.', z.object({ response: z.array(check) })), 404: UNKNOWN },
    },
    'GET /checks/summary': {
      operationId: 'getChecksSummary',
      summary: 'What the health checks of the last five minutes come to',
      description: 'Of one target, or of all together.',
      query: targetQuery,
      answers: { 200: answerOf('The sums.', summary), 404: UNKNOWN },
    },
    'GET /checks/history': {
      operationId: 'getChecksHistory',
      summary: 'All that is known of one checked target, and how long it took to answer',
      description:
        'Its last check and failures in words, how it is asked, when its certificate ends, and figures of the span and of up to 120 parts of it.',
      query: historyQuery,
      answers: { 200: answerOf('What is known.', history), 404: UNKNOWN },
    },
    'GET /checks/percent': {
      operationId: 'getChecksPercent',
      summary: 'How the failure percentage went',
      description:
        'For each check of the span, the share of failures among the checks of its target in the five minutes up to it.',
      query: percentQuery,
      answers: {
        200: answerOf('The points, oldest first.', z.object({ points: z.array(point) })),
        404: UNKNOWN,
      },
    },
  },
};

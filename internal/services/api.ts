import { z } from 'zod';

import { ANY_TYPE, answerOf, json, nameInPath, nameText, type Api } from '../frontdoor/operation.ts';
import { statsQuery } from './answers/get-stats.ts';
import { badgeQuery, pictureQuery } from './answers/images.ts';
import { issuesQuery } from './answers/issues.ts';
import { settings } from './answers/one-service.ts';
import { servicesQuery } from './answers/services.ts';
import { sharesQuery } from './answers/shares.ts';
import { timelinesQuery } from './answers/timelines.ts';

const reported = z.enum(['deploy', 'issue']);
const state = z.enum(['idle', 'deploy', 'issue']);

/** As `reports/post-event.ts` takes it. */
export const report = z
  .object({
    service_name: nameText,
    state: reported,
    timestamp: z
      .number()
      .min(0)
      .describe(
        "Unix seconds, a fraction is allowed; at most MAX_FUTURE_SECONDS ahead of the server's clock. Milliseconds are refused.",
      ),
  })
  .meta({ id: 'Report', description: 'Unknown fields are ignored.' });
const serviceState = z.object({ state, since: z.int() }).meta({ id: 'ServiceState' });
const servicesPage = z
  .object({
    services: z.array(serviceState.extend({ name: z.string() })),
    next_cursor: z.string().nullable().describe('Null on the last page.'),
  })
  .meta({ id: 'ServicesPage' });
const service = z
  .object({
    name: z.string(),
    state,
    since: z
      .int()
      .nullable()
      .describe('Unix seconds; null for a service that has a gap of its own and was never reported.'),
    gap_seconds: z
      .int()
      .min(1)
      .max(86_400)
      .describe('The gap that counts for it: its own, else by SERVICE_GAPS, else GAP_SECONDS.'),
  })
  .meta({ id: 'Service' });
const exampleService = { name: 'web', state: 'deploy', since: 1_700_000_000, gap_seconds: 30 };
const interval = z
  .object({
    state: reported,
    start_time: z.int().describe('The first second.'),
    end_time: z.int().nullable().describe('One second after the last; null while the interval is ongoing.'),
  })
  .meta({ id: 'Interval' });
const timelineStep = z
  .object({
    start_time: z.int().describe('Its first second; it ends with the span if that is sooner.'),
    deploy_seconds: z.int(),
    issue_seconds: z.int(),
    deploys: z.int().describe('Intervals that begin in it, or with the span.'),
    issues: z.int(),
  })
  .meta({ id: 'TimelineStep', description: 'Steps in which there was nothing but idle are left out.' });
const span = { now: z.number(), from: z.int(), to: z.int() };
const stats = z.object({
  ...{ from: z.int(), to: z.int(), within_seconds: z.int() },
  time_share: z.object({ deploy: z.number(), issue: z.number(), idle: z.number() }),
  intervals: z.object({ deploy: z.int(), issue: z.int() }),
  mean_issue_seconds: z.number().nullable(),
  longest_issue_seconds: z.number().nullable(),
  so_far: z
    .object({
      issues: z.int(),
      unfinished: z.int().describe('Those that begin before the span or are not over in it.'),
      mean_issue_seconds: z.number().nullable(),
      longest_issue_seconds: z.number().nullable(),
      longest_is_unfinished: z.boolean(),
    })
    .describe('Of all issues that have a second in the span, each for as long as it is seen in it.'),
  deploys_per_day: z.number(),
  change_failure_rate: z.number().nullable(),
  time_to_restore_seconds: z.number().nullable(),
  rules: z.record(z.string(), z.string()),
  excluded: z
    .array(z.object({ state: z.string(), start_time: z.int(), end_time: z.int(), reason: z.string() }))
    .max(100),
  excluded_count: z.int(),
});
const settling = z.object({
  pending_batches: z.int(),
  pending_rows: z.int().describe("Services' hours, counted in each batch."),
  pending_bytes: z.int(),
  set_aside_batches: z.int().describe('Batches in unreadable_reports: see docs/operations.md.'),
});

const ofService = z.object({ name: nameInPath('The service name, percent-encoded: `/` is `%2F`.', 'web') });
const NEVER_REPORTED = 'The service was never reported.';
const imageAnswers = {
  200: {
    description: 'May be kept for 15 seconds; has an ETag.',
    content: { 'image/svg+xml': { schema: z.string() } },
  },
  304: 'The caller has it already.',
  404: NEVER_REPORTED,
};

export const api: Api = {
  tag: 'Services',
  about: 'Reports, and what they come to: states, intervals, figures, images.',
  operations: {
    'POST /event': {
      operationId: 'postEvent',
      summary: 'Report the state of a service in one second',
      description: ANY_TYPE,
      body: json(report, { service_name: 'web', state: 'deploy', timestamp: 1_700_000_000 }),
      answers: { 200: 'Committed. No body.' },
    },
    'GET /services': {
      operationId: 'getServices',
      summary: 'The state of every service ever reported',
      description: 'Streamed, or with any of these parameters a page.',
      query: servicesQuery,
      answers: {
        200: answerOf(
          'By service name: all of them as one object, or of a page a list.',
          z.union([servicesPage, z.record(z.string(), serviceState)]),
          { web: { state: 'idle', since: 1_700_000_001 } },
        ),
      },
    },
    'GET /services/{name}': {
      operationId: 'getService',
      summary: 'A service: its state, since when, and the gap that counts for it',
      path: ofService,
      answers: {
        200: answerOf('Its state now, and its gap.', service, exampleService),
        404: NEVER_REPORTED,
      },
    },
    'PUT /services/{name}': {
      operationId: 'putService',
      summary: 'Give a service a gap of its own, which applies to all of its history at once',
      path: ofService,
      body: json(settings, { gap_seconds: 30 }),
      answers: { 200: answerOf('Its state now, and its gap.', service, exampleService) },
    },
    'GET /services/{name}/latest-events': {
      operationId: 'getLatestEvents',
      summary: 'The newest 50 intervals of a service, newest first',
      path: ofService,
      answers: {
        200: answerOf('At most 50.', z.array(interval).max(50), [
          { state: 'deploy', start_time: 1_700_000_000, end_time: null },
        ]),
        404: NEVER_REPORTED,
      },
    },
    'GET /services/{name}/stats': {
      operationId: 'getServiceStats',
      summary: "What a service's history comes to in a span of time",
      description: 'The rules are part of the answer; see docs/services.md.',
      path: ofService,
      query: statsQuery,
      answers: {
        200: answerOf('Durations in seconds; null where there is nothing to tell them from.', stats),
        404: NEVER_REPORTED,
      },
    },
    'GET /services/{name}/badge.svg': {
      operationId: 'getBadge',
      summary: 'The state of a service as a badge, for READMEs and wikis',
      open: 'to badges',
      path: ofService,
      query: badgeQuery,
      answers: imageAnswers,
    },
    'GET /services/{name}/timeline.svg': {
      operationId: 'getTimelineSvg',
      summary: 'The last hours of a service as a picture',
      open: 'to badges',
      path: ofService,
      query: pictureQuery,
      answers: imageAnswers,
    },
    'GET /timelines': {
      operationId: 'getTimelines',
      summary: 'The intervals of some services in a span, cut to it, or what they come to in steps',
      query: timelinesQuery,
      answers: {
        200: answerOf(
          'In the order asked for; a service never reported has no intervals.',
          z.object({
            ...span,
            provisional_seconds: z
              .number()
              .describe(
                'GAP_SECONDS − 1 + MAX_DELAY_SECONDS: late reports may still change what lies less than this before now, of services with a longer gap what lies less than theirs − 1 + MAX_DELAY_SECONDS before it.',
              ),
            step: z.int().optional().describe('The seconds of a step, if steps were asked for.'),
            timelines: z.array(
              z
                .object({
                  service_name: z.string(),
                  intervals: z.array(interval).optional(),
                  steps: z.array(timelineStep).optional(),
                })
                .describe('Either `intervals` or `steps`.'),
            ),
          }),
        ),
      },
    },
    'GET /issues': {
      operationId: 'getIssues',
      summary: 'Which services were in issue in a span, the longest first',
      query: issuesQuery,
      answers: {
        200: answerOf(
          'At most 1,000 services; `service_count` says how many there are.',
          z.object({
            ...span,
            services: z
              .array(z.object({ service_name: z.string(), issues: z.int(), issue_seconds: z.int() }))
              .max(1000),
            service_count: z.int(),
          }),
        ),
      },
    },
    'GET /shares': {
      operationId: 'getShares',
      summary: 'How much of the last day, week and month some services were in issue, and how often',
      query: sharesQuery,
      answers: {
        200: answerOf(
          'In the order asked for; a service never reported was never in issue.',
          z.object({
            now: z.number(),
            to: z.int().describe('Where all spans end, exclusive.'),
            services: z.array(
              z.object({
                service_name: z.string(),
                spans: z
                  .array(
                    z.object({
                      seconds: z.int().describe('How long the span is: 86400, 604800 and 2592000.'),
                      issue_seconds: z.int(),
                      issue_share: z.number().describe('Of 1.'),
                      issues: z.int().describe('Intervals that have a second in the span.'),
                    }),
                  )
                  .describe('The shortest first.'),
              }),
            ),
          }),
        ),
      },
    },
    'GET /settling': {
      operationId: 'getSettling',
      summary: 'How much is committed and not settled yet, by all replicas, and how much nobody could read',
      answers: {
        200: answerOf('Now.', settling, {
          ...{ pending_batches: 3, pending_rows: 120, pending_bytes: 3400, set_aside_batches: 0 },
        }),
      },
    },
  },
};

import { targetsOf } from '../../internal/checks/targets.ts';
import type { FeatureParts } from '../../internal/pipeline/feature.ts';
import type { Reading } from '../../internal/services/answers/one-service.ts';
import type { Config } from './configuration.ts';

/** What others read of the services that were opened for the same pipeline; those are opened first. */
const readings = new WeakMap<object, Reading>();

function readingOf(pipeline: object): Reading {
  const reading = readings.get(pipeline);
  if (reading === undefined) throw new Error('services are opened first');
  return reading;
}

/** The list of all features: a new one adds its own entry here, and nothing else elsewhere. */
export const features: readonly FeatureParts<Config>[] = [
  {
    // First of all: it opens the lanes of reports, which others put reports into.
    open: async () => {
      const { openServices } = await import('../../internal/services/feature.ts');
      return (pipeline) => {
        const services = openServices(pipeline, new URL('settler.js', import.meta.url));
        readings.set(pipeline, services.reading);
        return services;
      };
    },
    api: async () => (await import('../../internal/services/api.ts')).api,
    connections: () => 2, // To settle.
    claims: async () => ({
      locks: [
        (await import('../../internal/services/history/checkpoints.ts')).checkpointLock,
        (await import('../../internal/services/settling/settle-thread.ts')).settleLock,
      ],
      unavailable: [(await import('../../internal/services/settling/settler.ts')).NOT_SETTLED],
      tables: (await import('../../internal/services/feature.ts')).serviceTables,
    }),
    parsers: async () => [
      (await import('../../internal/services/reports/post-event.ts')).reportParser,
      (await import('../../internal/services/answers/one-service.ts')).settingsParser,
    ],
    sinks: async () => [(await import('../../internal/services/reports/batches.ts')).reportSink()],
  },
  {
    // Bulk requests hold reports as well: how those are gathered and queued is the services' business.
    open: async () => {
      const { openEvents } = await import('../../internal/events/feature.ts');
      const { bulkReports, reportIntake } = await import('../../internal/services/bulk/bulk-reports.ts');
      return (pipeline) => openEvents(pipeline, bulkReports(), reportIntake(pipeline.shards));
    },
    api: async () => (await import('../../internal/events/api.ts')).api,
    parsers: async () => {
      const { eventParser } = await import('../../internal/events/parse.ts');
      const { bulkReports } = await import('../../internal/services/bulk/bulk-reports.ts');
      return [eventParser(bulkReports())];
    },
    sinks: async () => [(await import('../../internal/events/sink.ts')).eventSink],
    claims: async () => ({
      locks: [(await import('../../internal/events/partitions.ts')).partitionLock],
      problems: [(await import('../../internal/events/idempotency.ts')).keyReused],
      tables: (await import('../../internal/events/feature.ts')).eventTables,
    }),
  },
  {
    open: async () => (await import('../../internal/deployments/feature.ts')).openDeployments,
    api: async () => (await import('../../internal/deployments/api.ts')).api,
    parsers: async () => [(await import('../../internal/deployments/record-parser.ts')).recordParser],
    sinks: async () => [(await import('../../internal/deployments/sink.ts')).recordSink],
    claims: async () => ({
      tables: (await import('../../internal/deployments/feature.ts')).deploymentTables,
    }),
  },
  {
    open: async () => (await import('../../internal/jobs/feature.ts')).openJobs,
    api: async () => (await import('../../internal/jobs/api.ts')).api,
    parsers: async () => [(await import('../../internal/jobs/parse-payload.ts')).payloadParser],
    sinks: async () => [(await import('../../internal/jobs/sink.ts')).jobSink],
    claims: async () => ({ tables: (await import('../../internal/jobs/feature.ts')).jobTables }),
  },
  {
    // A failing target is reported as a service, by the same way as reports from outside.
    open: async () => {
      const { openChecks } = await import('../../internal/checks/feature.ts');
      const { reportTaker } = await import('../../internal/services/reports/batches.ts');
      return (pipeline) => openChecks(pipeline, reportTaker(pipeline.shards));
    },
    api: async () => (await import('../../internal/checks/api.ts')).api,
    connections: (config) => (targetsOf(config).length > 0 ? 1 : 0), // To be on duty.
    sinks: async () => [(await import('../../internal/checks/sink.ts')).checkSink],
    claims: async () => {
      const { checkLock, checkTables } = await import('../../internal/checks/feature.ts');
      return { locks: [checkLock], tables: checkTables };
    },
  },
  {
    open: async () => (await import('../../internal/mutes/feature.ts')).openMutes,
    api: async () => (await import('../../internal/mutes/api.ts')).api,
    parsers: async () => [(await import('../../internal/mutes/mute.ts')).muteParser],
    claims: async () => {
      const { muteTables, tooManyMutes } = await import('../../internal/mutes/feature.ts');
      return { problems: [tooManyMutes], tables: muteTables };
    },
  },
  {
    // Told is what becomes of services, unless somebody muted them.
    open: async () => {
      const { openNotifications } = await import('../../internal/notifications/feature.ts');
      const { mutesSince } = await import('../../internal/mutes/queries.ts');
      const { silencesSince, stretchesSince } = await import('../../internal/services/answers/stretches.ts');
      const { fitting } = await import('../../internal/services/gaps.ts');
      return (pipeline) =>
        openNotifications(pipeline, {
          fitting,
          mutesSince: (from) => mutesSince(pipeline.database, from),
          stretchesSince: (state, from) =>
            state === 'silent'
              ? silencesSince(readingOf(pipeline), from)
              : stretchesSince(readingOf(pipeline), state, from),
        });
    },
    api: async () => (await import('../../internal/notifications/api.ts')).api,
    connections: ({ NOTIFY_URLS: receivers }) => (receivers.length > 0 ? 1 : 0), // To be on duty.
    claims: async () => {
      const { notificationLock, notificationTables } =
        await import('../../internal/notifications/feature.ts');
      return { locks: [notificationLock], tables: notificationTables };
    },
  },
  {
    // What happened, whatever it is: what a check of ours found is told of as that.
    open: async () => {
      const { openChanges } = await import('../../internal/changes/feature.ts');
      const { issueChanges } = await import('../../internal/services/answers/issue-changes.ts');
      const { recordsBetween } = await import('../../internal/deployments/queries.ts');
      const { runChanges } = await import('../../internal/jobs/queries.ts');
      const { muteChanges } = await import('../../internal/mutes/queries.ts');
      return (pipeline) => {
        const { database, config, now } = pipeline;
        const checked = new Set(targetsOf(config).map(({ name }) => name));
        return openChanges(pipeline, [
          {
            kinds: ['issue', 'check'],
            read: async (span, service) =>
              (await issueChanges(readingOf(pipeline), span, service)).map((change) => ({
                ...change,
                kind: checked.has(change.service) ? 'check' : 'issue',
              })),
          },
          {
            kinds: ['deployment'],
            read: async (span, service) =>
              (await recordsBetween(database, span, service)).map((record) => ({
                ...{ at: record.second + record.nanosecond / 1e9, nanosecond: record.nanosecond },
                ...{ kind: 'deployment', change: 'recorded', service: record.component },
                details: { environment: record.environment, state: record.state },
              })),
          },
          {
            kinds: ['job'],
            read: async ({ from, to }, service) =>
              (await runChanges(database, { fromMs: from * 1000, toMs: to * 1000 }, service)).map((run) => ({
                at: run.atMs / 1000,
                ...{ kind: 'job', change: run.change, service: run.jobName },
                details: { run_id: run.runId },
              })),
          },
          {
            kinds: ['mute'],
            read: async (span, service) =>
              (await muteChanges(database, span, service, now())).map(({ at, change, mute }) => ({
                ...{ at, kind: 'mute', change, service: mute.pattern, identity: 'mute_id' },
                details: {
                  ...{ since: mute.begunAt, mute_id: mute.id, by: mute.author, note: mute.note },
                  ...(change === 'began'
                    ? { until: mute.untilAt }
                    : { seconds: Math.round(at - mute.begunAt) }),
                },
              })),
          },
        ]);
      };
    },
    api: async () => (await import('../../internal/changes/api.ts')).api,
  },
  {
    open: async () => (await import('../../internal/workers/feature.ts')).openWorkers,
    api: async () => (await import('../../internal/workers/feature.ts')).api,
  },
  {
    open: async () => {
      const { openDashboard } = await import('../../internal/dashboard/feature.ts');
      return ({ config }) => openDashboard(config);
    },
    api: async () => (await import('../../internal/dashboard/feature.ts')).api,
  },
];

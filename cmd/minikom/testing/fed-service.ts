import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { startTarget, type FlakyTarget } from '../../../internal/fantastic/server.ts';
import { postGood } from './asking.ts';
import { postReports } from './report-client.ts';
import { startTestService, type TestService } from './start-test-service.ts';

/** A service that Komobox reports to and that checks a flaky target, with some deployments and jobs. */
export interface FedService {
  readonly service: TestService;
  /** Sends one report of the present. */
  report(serviceName: string, state: 'deploy' | 'issue'): Promise<void>;
  /** Sends two runs of a Spark job: one is finished after 89 s, one runs, for as long as it is heard of each minute. */
  runJob(jobName: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startFedService(
  environment: Readonly<Record<string, string>> = {},
): Promise<FedService> {
  let requests = 0;
  const target = await startTarget(
    { host: '127.0.0.1', port: 0, latencyMs: 0, failurePercent: 25, hangPercent: 0, resetPercent: 0 },
    // Every fourth request fails, so that a test need not wait for chance.
    () => (requests++ % 4) / 4,
  );
  const service = await startTestService({
    environment: {
      CHECK_TARGETS: `fantastic=${target.url}`,
      CHECK_INTERVAL_SECONDS: '1',
      ...environment,
    },
  });
  const komobox = spawn(
    process.execPath,
    [fileURLToPath(new URL('../../komobox/main.js', import.meta.url))],
    {
      env: { ENDPOINT: `${service.url}/event` },
      stdio: 'ignore',
    },
  );
  await postDeployments(service);
  return {
    service,
    report: (service_name, state) =>
      postReports(service.url, [{ service_name, state, timestamp: Date.now() / 1000 }], 1),
    runJob: (jobName) => postRuns(service, jobName),
    stop: () => stop(komobox, service, target),
  };
}

async function stop(komobox: ChildProcess, service: TestService, target: FlakyTarget): Promise<void> {
  komobox.kill('SIGKILL');
  await once(komobox, 'exit');
  await service.stop();
  await target.stop();
}

async function postDeployments(service: TestService): Promise<void> {
  const at = (secondsAgo: number) => new Date(Date.now() - secondsAgo * 1000).toISOString();
  const record = (Component: string, Environment: string, State: string, secondsAgo: number) => ({
    Component,
    Environment,
    State,
    Timestamp: at(secondsAgo),
  });
  const Records = [
    record('checkout', 'prod', 'started', 900),
    { ...record('checkout', 'prod', 'failed', 700), Version: 'v1.2', By: 'ann', Url: 'https://ci.invalid/7' },
    record('checkout', 'staging-eu', 'succeeded', 4000),
    record('web-shop', 'prod', 'succeeded', 86_400),
  ];
  await postGood(service, '/records', { Records });
}

async function postRuns(service: TestService, job_name: string): Promise<void> {
  const now = Date.now();
  const event = (Event: string, Timestamp: number, more: object = {}) => ({
    message_type: 'spark-event',
    generated_at: Timestamp,
    content: JSON.stringify({ Event, Timestamp, ...more }),
  });
  const start = event('SparkListenerApplicationStart', now - 90_000, { 'App Name': job_name });
  const stage = { 'Stage ID': 0, 'Stage Attempt ID': 0, 'Stage Name': 'collect at Orders.scala:42' };
  const work = [
    event('SparkListenerJobStart', now - 80_000, { 'Job ID': 0, 'Submission Time': now - 80_000 }),
    event('SparkListenerStageSubmitted', now - 70_000, {
      'Stage Info': { ...stage, 'Submission Time': now - 70_000 },
    }),
    event('SparkListenerTaskEnd', now - 60_000, {
      ...stage,
      'Task End Reason': {
        Reason: 'ExceptionFailure',
        'Class Name': 'java.io.IOException',
        Description: 'disk full',
      },
    }),
    event('SparkListenerStageCompleted', now - 20_000, {
      'Stage Info': { ...stage, 'Submission Time': now - 70_000, 'Completion Time': now - 20_000 },
    }),
    event('SparkListenerJobEnd', now - 10_000, {
      ...{ 'Job ID': 0, 'Completion Time': now - 10_000, 'Job Result': { Result: 'JobSucceeded' } },
    }),
  ];
  const end = event('SparkListenerApplicationEnd', now - 1000);
  const runs = { finished: [start, ...work, end], running: [start] };
  for (const [run_id, messages] of Object.entries(runs)) {
    await postGood(service, '/collect', { job_name, run_id, counters: { payload_counter: 1 }, messages });
  }
}

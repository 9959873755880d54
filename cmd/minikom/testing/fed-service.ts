import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { startTarget, type FlakyTarget } from '../../../internal/fantastic/server.ts';
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
  await postDeployments(service.url);
  return {
    service,
    report: (service_name, state) =>
      postReports(service.url, [{ service_name, state, timestamp: Date.now() / 1000 }], 1),
    runJob: (jobName) => postRuns(service.url, jobName),
    stop: () => stop(komobox, service, target),
  };
}

async function stop(komobox: ChildProcess, service: TestService, target: FlakyTarget): Promise<void> {
  komobox.kill('SIGKILL');
  await once(komobox, 'exit');
  await service.stop();
  await target.stop();
}

async function postDeployments(url: string): Promise<void> {
  const at = (secondsAgo: number) => new Date(Date.now() - secondsAgo * 1000).toISOString();
  const record = (Component: string, Environment: string, State: string, secondsAgo: number) => ({
    Component,
    Environment,
    State,
    Timestamp: at(secondsAgo),
  });
  const Records = [
    record('checkout', 'prod', 'started', 900),
    record('checkout', 'prod', 'failed', 700),
    record('checkout', 'staging-eu', 'succeeded', 4000),
    record('web-shop', 'prod', 'succeeded', 86_400),
  ];
  await fetch(`${url}/records`, { method: 'POST', body: JSON.stringify({ Records }) });
}

async function postRuns(url: string, job_name: string): Promise<void> {
  const now = Date.now();
  const event = (Event: string, Timestamp: number) => ({
    message_type: 'spark-event',
    generated_at: Timestamp,
    content: JSON.stringify({ Event, Timestamp }),
  });
  const start = event('SparkListenerApplicationStart', now - 90_000);
  const runs = { finished: [start, event('SparkListenerApplicationEnd', now - 1000)], running: [start] };
  for (const [run_id, messages] of Object.entries(runs)) {
    const payload = { job_name, run_id, counters: { payload_counter: 1 }, messages };
    await fetch(`${url}/collect`, { method: 'POST', body: JSON.stringify(payload) });
  }
}

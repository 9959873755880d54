import { expect } from 'chai';
import pg from 'pg';
import { z } from 'zod';

import type { PayloadBody } from '../../../internal/jobs/testing/payload-body.ts';
import { send, type Answer, type Asked } from '../../../internal/testing/wire.ts';
import { startTestService, type TestService } from './start-test-service.ts';

/** The service's clock in these tests, in unix seconds. */
export const NOW = 1_700_000_000;

const eventsAnswer = z.strictObject({
  events: z.array(
    z.strictObject({
      generated_at: z.number(),
      message_type: z.literal('spark-event'),
      content: z.string(),
    }),
  ),
});

/** Sends to `POST /collect`; what is not text or bytes is sent as JSON. */
export function collect(
  service: Asked,
  body: PayloadBody | object | string | Buffer,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return service.send({
    method: 'POST',
    path: '/collect',
    headers,
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });
}

/** The same, for a payload that is to be taken. */
export async function collectGood(...request: Parameters<typeof collect>): Promise<void> {
  const { status, text } = await collect(...request);
  expect({ status, text }).to.deep.equal({ status: 200, text: '{"message":"received"}' });
}

/** The path of a run, or of what is below it. */
export function runPath(jobName: string, runId: string, what = ''): string {
  return `/job/${encodeURIComponent(jobName)}/${encodeURIComponent(runId)}${what}`;
}

/** What a GET answers, which must be 200 and JSON. */
export async function getJson(service: Asked, path: string): Promise<unknown> {
  const { status, headers, text } = await service.send({ path });
  expect(status, text).to.equal(200);
  expect(headers['content-type']).to.equal('application/json; charset=utf-8');
  return JSON.parse(text);
}

/** The events of a run. */
export async function getEvents(
  service: Asked,
  jobName = 'etl',
  runId = 'r1',
): Promise<z.infer<typeof eventsAnswer>['events']> {
  return eventsAnswer.parse(await getJson(service, runPath(jobName, runId, '/events'))).events;
}

/** Their contents. */
export async function getContents(...of: Parameters<typeof getEvents>): Promise<string[]> {
  return (await getEvents(...of)).map(({ content }) => content);
}

/** A service that takes payloads of Spark jobs, as a listener sees it. */
export interface JobSurface extends Asked {
  readonly url: string;
  readonly database: pg.Pool;
  /** The clock; starts at {@link NOW} for each test. */
  nowSeconds: number;
  /** Expects that nothing of any job is stored. */
  expectNothing(): Promise<void>;
}

/** Starts a service for the tests of the surrounding `describe`; each starts with nothing stored. */
export function useJobSurface(environment: Readonly<Record<string, string>> = {}): JobSurface {
  let service: TestService;
  let database: pg.Pool;

  before(async () => {
    service = await startTestService({ environment, now: () => surface.nowSeconds });
    database = new pg.Pool({ connectionString: service.connectionString, max: 2 });
  });

  after(async () => {
    await database.end();
    await service.stop();
  });

  beforeEach(async () => {
    surface.nowSeconds = NOW;
    await database.query('truncate job_runs, job_events');
  });

  const surface: JobSurface = {
    nowSeconds: NOW,
    get url() {
      return service.url;
    },
    get database() {
      return database;
    },
    send: (request) => send(service.url, request),
    async expectNothing() {
      expect(await getJson(surface, '/job')).to.deep.equal({ jobs: [] });
      for (const table of ['job_runs', 'job_events']) {
        expect((await database.query(`select from ${table}`)).rowCount, table).to.equal(0);
      }
    },
  };
  return surface;
}

import { expect } from 'chai';
import { z } from 'zod';

import type { PayloadBody } from '../../../internal/jobs/testing/payload-body.ts';
import type { Answer, Asked } from '../../../internal/testing/wire.ts';
import { getJson, post } from './asking.ts';
import type { UsedService } from './use-service.ts';

/** What comes of payloads. */
export const tablesOfJobs = ['job_runs', 'job_events'];

const eventsAnswer = z.strictObject({
  events: z.array(
    z.strictObject({
      generated_at: z.number(),
      message_type: z.literal('spark-event'),
      content: z.string(),
    }),
  ),
});

/** Sends to `POST /collect`. */
export function collect(
  service: Asked,
  body: PayloadBody | object | string | Buffer,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return post(service, '/collect', body, headers);
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

/** Expects that nothing of any job is stored. */
export async function expectNoJobs(service: UsedService): Promise<void> {
  expect(await getJson(service, '/job')).to.deep.equal({ jobs: [] });
  for (const table of tablesOfJobs) {
    expect((await service.database.query(`select from ${table}`)).rowCount, table).to.equal(0);
  }
}

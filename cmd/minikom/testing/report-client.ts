import { expect } from 'chai';
import { z } from 'zod';

import type { modelAnswers } from '../../../internal/testing/timeline-model.ts';
import type { ReportBody } from '../../../internal/testing/vectors.ts';
import { getJson, serviceAt } from './asking.ts';

const servicesAnswer = z.record(z.string(), z.object({ state: z.string(), since: z.number() }));
const latestEventsAnswer = z.array(
  z.object({ state: z.string(), start_time: z.number(), end_time: z.number().nullable() }),
);

/** Sends each report as a request of its own, `concurrency` at a time; throws unless all are answered with 200. */
export async function postReports(
  url: string,
  reports: readonly ReportBody[],
  concurrency: number,
): Promise<void> {
  const waiting = reports.values();
  const sendSome = async (): Promise<void> => {
    // All senders take from the one iterator.
    for (const report of waiting) {
      const response = await fetch(`${url}/event`, { method: 'POST', body: JSON.stringify(report) });
      const text = await response.text();
      if (response.status !== 200)
        throw new Error(`${response.status} for ${JSON.stringify(report)}: ${text}`);
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: concurrency }, sendSome));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

/** Asks for the state and the history of each service that these reports name; throws where they are not as expected. */
export async function expectAnswers(
  url: string,
  reports: readonly ReportBody[],
  expected: ReturnType<typeof modelAnswers>,
): Promise<void> {
  const asked = serviceAt(url);
  const services = new Map(Object.entries(servicesAnswer.parse(await getJson(asked, '/services'))));
  for (const name of new Set(reports.map(({ service_name }) => service_name))) {
    const path = `/services/${encodeURIComponent(name)}/latest-events`;
    const latestEvents = latestEventsAnswer.parse(await getJson(asked, path));
    expect({ service: services.get(name), latestEvents }, name).to.deep.equal({
      service: expected.services.get(name),
      latestEvents: expected.latestEvents.get(name),
    });
  }
}

import { z } from 'zod';

import type { Asked } from '../../../internal/testing/wire.ts';
import { getJson } from './asking.ts';

const checks = z.object({
  response: z.array(
    z.strictObject({
      target: z.string(),
      timestamp: z.iso.datetime({ precision: 3 }),
      code: z.int().nullable(),
      outcome: z.string(),
      latency_ms: z.number().min(0),
    }),
  ),
});
/** A check as it is answered. */
export type CheckAnswer = z.output<typeof checks>['response'][number];

/** The answer of `GET /checks`; throws if that is not 200. */
export async function getChecks(service: Asked, query = ''): Promise<CheckAnswer[]> {
  return checks.parse(await getJson(service, `/checks${query}`)).response;
}

/** When its outcome was known, as the whole unix second. */
export function secondOf({ timestamp }: CheckAnswer): number {
  return Math.floor(Date.parse(timestamp) / 1000);
}

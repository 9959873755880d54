import { z } from 'zod';

import type { Ask } from './asker.ts';
import type { Current, Interval } from './timeline.ts';

const current = z.object({ state: z.string(), since: z.number() });
const intervals = z.array(
  z.object({ state: z.string(), start_time: z.number(), end_time: z.number().nullable() }),
);

/** An answer, or why there is none that can be used; `isAway`: no HTTP answer at all came. */
export type Asked<T> = { readonly value: T } | { readonly problem: string; readonly isAway: boolean };

/** `GET /services`: the services whose names begin so. */
export async function askServices(
  ask: Ask,
  prefix: string,
  mostTries: number,
): Promise<Asked<Map<string, Current>>> {
  return readJson(
    () => ask('/services', mostTries),
    (json) => {
      const all = z.custom<object>((value) => typeof value === 'object' && value !== null).parse(json);
      const entries: [string, unknown][] = Object.entries(all);
      return new Map(
        entries
          .filter(([name]) => name.startsWith(prefix))
          .map(([name, value]): [string, Current] => [name, current.parse(value)]),
      );
    },
  );
}

/** `GET /services/:name/latest-events`. */
export function askLatestEvents(ask: Ask, service: string, mostTries: number): Promise<Asked<Interval[]>> {
  const path = `/services/${encodeURIComponent(service)}/latest-events`;
  return readJson(
    () => ask(path, mostTries),
    (json) => intervals.parse(json),
  );
}

async function readJson<T>(ask: () => ReturnType<Ask>, parse: (json: unknown) => T): Promise<Asked<T>> {
  const outcome = await ask();
  if ('failure' in outcome) return { problem: `no answer: ${outcome.failure}`, isAway: true };
  if (outcome.status !== 200) return { problem: `status ${outcome.status}`, isAway: false };
  try {
    return { value: parse(JSON.parse(outcome.body.toString())) };
  } catch {
    // What exactly is wrong with it does not matter: it is not what was asked for.
    return { problem: `an answer of another form: ${outcome.body.toString('utf8', 0, 100)}`, isAway: false };
  }
}

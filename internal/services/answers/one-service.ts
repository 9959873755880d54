import type { RouterContext } from '@koa/router';
import type pg from 'pg';
import { z } from 'zod';

import { answerJson } from '../../frontdoor/answer.ts';
import type { Bodies } from '../../frontdoor/bodies.ts';
import { nameFault } from '../../frontdoor/fields.ts';
import { invalidRequest, Problem } from '../../frontdoor/problem.ts';
import { parseJson } from '../../parsing/json.ts';
import type { BodyParser } from '../../parsing/parser-thread.ts';
import type { Parser } from '../../parsing/parser.ts';
import type { Pipeline } from '../../pipeline/feature.ts';
import { MAX_GAP_SECONDS, type ServicesConfig } from '../config.ts';
import { bucketOf, knownService } from '../history/hours.ts';
import { newestIntervals } from '../history/newest.ts';
import { historyOf, type History, type HistorySource } from '../history/reader.ts';
import { isOngoing, stateAt } from '../timeline.ts';

const LATEST_EVENTS = 50;
const GAP = `must be whole seconds from 1 to ${MAX_GAP_SECONDS}, or null for the default`;
export const settings = z.object({
  gap_seconds: z
    .int(GAP)
    .min(1, GAP)
    .max(MAX_GAP_SECONDS, GAP)
    .nullable()
    .describe('Most seconds between two reports of one interval; null: the default again.'),
});

/** What those get who answer from histories. */
export interface Reading extends Pick<Pipeline<ServicesConfig>, 'config' | 'now'> {
  readonly source: HistorySource;
}

/** The history of a service by the name in a path, before `beforeSecond`; throws a 404 if it was never reported. */
export async function requireHistory(
  source: HistorySource,
  serviceName = '',
  beforeSecond?: number,
): Promise<History> {
  // What can be no name was never reported, and PostgreSQL takes no U+0000 in a question either.
  const history =
    nameFault(serviceName) === undefined ? await historyOf(source, serviceName, beforeSecond) : undefined;
  if (history === undefined) throw neverReported();
  return history;
}

export function neverReported(): Problem {
  return new Problem(404, 'not-found', 'This service was never reported.');
}

/** Returns the handler of `GET /services/:name/latest-events`: the newest intervals, newest first. */
export function getLatestEvents({ source, config, now }: Reading): (context: RouterContext) => Promise<void> {
  return async (context) => {
    const { intervals, gapSeconds } = await requireHistory(source, context.params.name);
    const nowSeconds = now();
    const events: object[] = [];
    for await (const interval of intervals) {
      const { state, start, end } = interval;
      const rules = { gapSeconds, maxDelaySeconds: config.MAX_DELAY_SECONDS };
      const goesOn = events.length === 0 && isOngoing(interval, nowSeconds, rules);
      events.push({ state, start_time: start, end_time: goesOn ? null : end });
      if (events.length === LATEST_EVENTS) break;
    }
    answerJson(context, JSON.stringify(events));
  };
}

/** Returns the handler of `GET /services/:name`: its state, since when, and the gap that counts for it. */
export function getService(reading: Reading): (context: RouterContext) => Promise<void> {
  return async (context) => {
    const name = context.params.name ?? '';
    const service = nameFault(name) === undefined ? await describe(reading, name) : undefined;
    if (service === undefined) throw neverReported();
    answerJson(context, JSON.stringify(service));
  };
}

/** The body of `PUT /services/:name`: the gap, or null for the default. */
export const settingsParser: BodyParser<undefined, number | null> = {
  name: 'service settings',
  parse(body) {
    const read = settings.safeParse(parseJson(body));
    if (read.success) return read.data.gap_seconds;
    const isObject = read.error.issues[0]?.path.length !== 0;
    throw invalidRequest([
      isObject ? { field: 'gap_seconds', message: GAP } : { field: '', message: 'must be a JSON object' },
    ]);
  },
};

/** What {@link putService} works with. */
export interface SettingsPipeline {
  readonly bodies: Bodies;
  readonly parser: Parser;
  readonly database: pg.Pool;
  /** Told the service whose answers may be different from now on. */
  readonly onChanged: (serviceNames: readonly string[]) => void;
}

/** Returns the handler of `PUT /services/:name`: gives a service a gap of its own, for all its history at once. */
export function putService(
  reading: Reading,
  { bodies, parser, database, onChanged }: SettingsPipeline,
): (context: RouterContext) => Promise<void> {
  return async (context) => {
    const name = context.params.name ?? '';
    const fault = nameFault(name);
    if (fault !== undefined) throw invalidRequest([{ field: 'name', message: fault }]);
    const gapSeconds = await bodies.read(context.req, (body) =>
      parser.parse(settingsParser, body, undefined),
    );
    await storeGap(database, name, gapSeconds);
    onChanged([name]);
    answerJson(context, JSON.stringify(await describe(reading, name)));
  };
}

/** Undefined if nothing is known of it: no report, and nothing that was said of its gap. */
async function describe({ source, config, now }: Reading, name: string): Promise<object | undefined> {
  const [newest] = await newestIntervals(source, { serviceNames: [name] });
  if (newest !== undefined) {
    const { interval, gapSeconds } = newest;
    const rules = { gapSeconds, maxDelaySeconds: config.MAX_DELAY_SECONDS };
    return { name, ...stateAt(interval, now(), rules), gap_seconds: gapSeconds };
  }
  const known = await knownService(source.database, name);
  if (known === undefined) return undefined;
  return { name, state: 'idle', since: null, gap_seconds: source.gapOf(name, known.ownGapSeconds) };
}

async function storeGap(database: pg.Pool, serviceName: string, gapSeconds: number | null): Promise<void> {
  // The default as well makes a service known: what is answered here is to be found again.
  const text = `
    insert into services (bucket, service_name, gap_seconds) values ($1, $2, $3)
    on conflict (bucket, service_name) do update set gap_seconds = excluded.gap_seconds`;
  await database.query(text, [bucketOf(serviceName), serviceName, gapSeconds]);
}

import { setTimeout as pause } from 'node:timers/promises';

import { z } from 'zod';

import { expectedAnswers } from '../loadtest/verify/timeline.ts';
import type { Ledger } from './ledger.ts';
import { recordText, sparkEventText, START_SECOND } from './load.ts';

/** What is not as it was acknowledged. */
export interface Comparison {
  /** Acknowledged and not there; of reports, services whose timeline is another. */
  missing: number;
  /** There more often than it was acknowledged. */
  doubled: number;
  /** The first of them, in words. */
  readonly first: string[];
}

const rules = { gapSeconds: 2, maxDelaySeconds: 10 };
const MOST_SHOWN = 10;
const PAGE = 1000;
const TRIES = 50;
const EACH_MS = 100;

const interval = z.object({ state: z.string(), start_time: z.number(), end_time: z.number().nullable() });
const services = z.record(z.string(), z.object({ state: z.string(), since: z.number() }));
const payloadPage = z.object({
  events: z.array(z.object({ data: z.unknown() })),
  next_cursor: z.string().nullable(),
});
const identified = z.object({ id: z.string() });
const historical = z.object({
  Records: z.array(
    z.object({ Component: z.string(), Environment: z.string(), State: z.string(), Timestamp: z.string() }),
  ),
});
const runEvents = z.object({ events: z.array(z.object({ generated_at: z.number(), content: z.string() })) });

/**
 * Looks through the API for everything that the ledgers say was acknowledged; what is in none of `all` should not be there.
 * Rejects if it gets no answers.
 */
export async function compare(
  url: string,
  ledgers: readonly Ledger[],
  all: readonly Ledger[] = ledgers,
): Promise<Comparison> {
  const found: Comparison = { missing: 0, doubled: 0, first: [] };
  const tell = (kind: 'missing' | 'doubled', count: number, what: string): void => {
    if (count === 0) return;
    found[kind] += count;
    if (found.first.length < MOST_SHOWN) found.first.push(`${kind}: ${what}`);
  };
  await compareReports(url, ledgers, tell);
  await comparePayloads(url, ledgers, all, tell);
  for (const ledger of ledgers) {
    await compareRecords(url, ledger, tell);
    await compareSparkEvents(url, ledger, tell);
  }
  return found;
}

type Tell = (kind: 'missing' | 'doubled', count: number, what: string) => void;

async function compareReports(url: string, ledgers: readonly Ledger[], tell: Tell): Promise<void> {
  const states = services.parse(await get(url, '/services'));
  for (const [service, sightings] of ledgers.flatMap(({ reports }) => [...reports])) {
    const sorted = [...sightings].sort((a, b) => a - b);
    const { latestEvents, current } = expectedAnswers(sorted, START_SECOND, rules, Date.now() / 1000);
    const state = states[service];
    if (state?.state !== current.state || state.since !== current.since) {
      tell('missing', 1, `${service} is ${JSON.stringify(state)}, not ${JSON.stringify(current)}`);
      continue;
    }
    const got = z
      .array(interval)
      .parse((await get(url, `/services/${encodeURIComponent(service)}/latest-events`)) ?? []);
    const wrong = latestEvents.findIndex(
      (expected, index) => JSON.stringify(expected) !== JSON.stringify(got[index]),
    );
    if (wrong === -1 && got.length === latestEvents.length) continue;
    const [mine, theirs] = [latestEvents[wrong], got[wrong]].map((one) => JSON.stringify(one));
    tell('missing', 1, `interval ${wrong} of ${service} is ${theirs}, not ${mine}`);
  }
}

async function comparePayloads(
  url: string,
  ledgers: readonly Ledger[],
  all: readonly Ledger[],
  tell: Tell,
): Promise<void> {
  const times = new Map<string, number>();
  for (let cursor: string | null = ''; cursor !== null;) {
    const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const page: z.output<typeof payloadPage> = payloadPage.parse(
      await get(url, `/events?limit=${PAGE}${query}`),
    );
    for (const { data } of page.events) {
      // Others may have sent what they liked.
      const { success, data: event } = identified.safeParse(data);
      if (success) times.set(event.id, (times.get(event.id) ?? 0) + 1);
    }
    cursor = page.next_cursor;
  }
  for (const id of ledgers.flatMap(({ payloads }) => [...payloads])) {
    const count = times.get(id) ?? 0;
    tell('missing', count === 0 ? 1 : 0, `payload event ${id}`);
    tell('doubled', Math.max(0, count - 1), `payload event ${id}, ${count} times`);
    times.delete(id);
  }
  for (const id of times.keys()) if (all.some(({ payloads }) => payloads.has(id))) times.delete(id);
  tell('doubled', times.size, `payload events that nobody was told 200 for, such as ${[...times.keys()][0]}`);
}

async function compareRecords(url: string, { records }: Ledger, tell: Tell): Promise<void> {
  for (const [component, expected] of records) {
    const { Records } = historical.parse((await get(url, `/historical/${component}`)) ?? { Records: [] });
    compareSets(`records of ${component}`, expected, Records.map(recordText), tell);
  }
}

async function compareSparkEvents(url: string, { sparkEvents }: Ledger, tell: Tell): Promise<void> {
  for (const [job, runs] of sparkEvents) {
    for (const [run, expected] of runs) {
      const path = `/job/${encodeURIComponent(job)}/${encodeURIComponent(run)}/events`;
      const { events } = runEvents.parse((await get(url, path)) ?? { events: [] });
      compareSets(`Spark events of ${run}`, expected, events.map(sparkEventText), tell);
    }
  }
}

function compareSets(what: string, expected: ReadonlySet<string>, got: readonly string[], tell: Tell): void {
  const there = new Set(got);
  const missing = [...expected].filter((text) => !there.has(text));
  tell('missing', missing.length, `${missing.length} ${what}, such as ${missing[0]}`);
  const unasked = [...there].filter((text) => !expected.has(text)).length;
  const more = got.length - there.size + unasked;
  tell('doubled', more, `${more} ${what}`);
}

/**
 * The JSON of an answer of 200, and undefined of 404: it knows nothing of it. After a fault the first may still be 503, and a kept
 * connection may be closed in the moment in which it is used.
 */
async function get(url: string, path: string): Promise<unknown> {
  for (let tries = 1; ; tries++) {
    const answer = await fetch(url + path).catch((error: unknown) => error);
    if (answer instanceof Response) {
      if (answer.status === 200) return answer.json();
      await answer.arrayBuffer();
      if (answer.status === 404) return undefined;
    }
    const outcome = answer instanceof Response ? answer.status : answer;
    if (tries === TRIES) throw new Error(`GET ${path}: ${String(outcome)}`);
    await pause(EACH_MS);
  }
}

import { gzipSync } from 'node:zlib';

import { z } from 'zod';

import { sighting, type LoadPlan } from '../loadtest/load-plan.ts';
import type { Mode } from '../loadtest/modes/mode.ts';
import { records } from '../loadtest/modes/records.ts';
import { single } from '../loadtest/modes/reports.ts';
import { spark } from '../loadtest/modes/spark.ts';
import { getRequest, postRequest, type RequestTarget } from '../loadtest/request-chunks.ts';
import { randomBetween, randomOf } from '../program/random.ts';

/** All reports are within a year after this, a full hour. */
export const START_SECOND = 444_444 * 3600;

/** What is stored when a request is acknowledged, and looked for afterwards. */
export interface Items {
  /** As sightings since {@link START_SECOND}. */
  readonly reports: readonly { readonly service: string; readonly sighting: number }[];
  /** The `id` in the data of each payload event. */
  readonly payloads: readonly string[];
  readonly records: readonly { readonly component: string; readonly text: string }[];
  readonly sparkEvents: readonly { readonly job: string; readonly run: string; readonly text: string }[];
}

/** A request of the load. */
export interface LoadRequest {
  /** Which one of the load it is, from 0. */
  readonly number: number;
  /** The whole request as it is sent. */
  readonly bytes: Buffer;
  readonly what: string;
  /** Nothing for a read. Not looked for before somebody asks: nobody does while the load is sent. */
  readonly items: () => Items;
}

/** What a load is made of. Plain data: it goes to a thread. */
export interface LoadSource {
  readonly seed: number;
  /** The host that requests name. */
  readonly host: string;
  readonly mix: Mix;
}

const reportBody = z.object({
  service_name: z.string(),
  state: z.enum(['deploy', 'issue']),
  timestamp: z.number(),
});
const recordsBody = z.object({
  Records: z.array(
    z.object({ Component: z.string(), Environment: z.string(), State: z.string(), Timestamp: z.string() }),
  ),
});
const sparkBody = z.object({
  job_name: z.string(),
  run_id: z.string(),
  messages: z.array(z.object({ message_type: z.string(), content: z.string(), generated_at: z.number() })),
});

const NOTHING: Items = { reports: [], payloads: [], records: [], sparkEvents: [] };
// Chapters are short, as the generators of a plan work ahead by blocks of it.
const SHORT_CHAPTER_EVENTS = 4000;
const SERVICES = 40;
// Payload events are each of a second of their own, in half a year, as to page through many of the same takes long.
const PAYLOAD_SECONDS = 2 ** 24;
const READS = ['/services?limit=100', '/events?limit=50', '/job', '/current', '/health', '/ready', '/shards'];

/** Which share of the requests is of which kind; the rest are single reports. */
export interface Mix {
  readonly reads: number;
  readonly bulk: number;
  readonly records: number;
  readonly collect: number;
  /** Items of a bulk request. */
  readonly bulkItems: number;
  /** After so many events of a kind there come others, of services, components and jobs that are new. */
  readonly chapterEvents: number;
}

/** A little of everything. */
export const everything: Mix = {
  reads: 0.08,
  bulk: 0.2,
  records: 0.1,
  collect: 0.1,
  bulkItems: 30,
  chapterEvents: SHORT_CHAPTER_EVENTS,
};

/**
 * Requests of all kinds without end: the same for the same seed. Every payload event has an id of its own, and bulk
 * requests have keys, so that each may be sent again until it is acknowledged.
 */
export class Load {
  readonly #random: () => number;
  readonly #target: RequestTarget;
  readonly #mix: Mix;
  readonly #seed: number;
  readonly #reports: Iterator<string, never>;
  readonly #bulkReports: Iterator<string, never>;
  readonly #records: Iterator<string, never>;
  readonly #payloads: Iterator<string, never>;
  #requests = 0;
  #keys = 0;

  constructor({ seed, host, mix }: LoadSource) {
    this.#seed = seed;
    this.#random = randomOf(seed);
    this.#target = { host, basePath: '', readToken: undefined, writeToken: undefined };
    this.#mix = mix;
    const events = mix.chapterEvents;
    this.#reports = endless(single, seed, { services: SERVICES, batch: 1, events });
    this.#bulkReports = endless(single, ~seed, { services: SERVICES, batch: 1, events });
    this.#records = endless(records, seed, { services: 10, batch: 20, events });
    this.#payloads = endless(spark, seed, { services: 3, batch: 20, events });
  }

  next(): LoadRequest {
    return { number: this.#requests++, ...this.#next() };
  }

  #next(): Unnumbered {
    const { reads, bulk, records: ofRecords, collect } = this.#mix;
    let kind = this.#random();
    if ((kind -= reads) < 0) return this.#read();
    if ((kind -= bulk) < 0) return this.#bulk();
    if ((kind -= ofRecords) < 0) return this.#post('/records', this.#records.next().value, recordItems);
    if ((kind -= collect) < 0) return this.#collect();
    return this.#post('/event', this.#reports.next().value, (text) => ({
      ...NOTHING,
      reports: [reportItem(text)],
    }));
  }

  #read(): Unnumbered {
    const path = READS[randomBetween(this.#random, 0, READS.length - 1)] ?? '/';
    return { bytes: getRequest(this.#target, path), what: `GET ${path}`, items: () => NOTHING };
  }

  #collect(): Unnumbered {
    const text = this.#payloads.next().value;
    const headers = 'Content-Encoding: gzip\r\n';
    return {
      bytes: postRequest(this.#target, '/collect', headers, gzipSync(text, { level: 1 })),
      what: 'POST /collect',
      items: () => sparkItems(text),
    };
  }

  #post(path: string, text: string, itemsOf: (text: string) => Items): Unnumbered {
    return {
      bytes: postRequest(this.#target, path, '', Buffer.from(text)),
      what: `POST ${path}`,
      items: () => itemsOf(text),
    };
  }

  /** A third reports, a third payload events, a third both. */
  #bulk(): Unnumbered {
    const before = this.#keys * this.#mix.bulkItems;
    const key = `${this.#seed.toString(36)}-${this.#keys++}`;
    const reports: string[] = [];
    const payloads: string[] = [];
    const items = Array.from({ length: this.#mix.bulkItems }, (_, index) => {
      const id = `${key}-${index}`;
      if (index % 3 !== 0) payloads.push(id);
      const second = START_SECOND + ((before + index) % PAYLOAD_SECONDS);
      if (index % 3 === 1) return `{"timestamp":${second},"data":{"id":"${id}"}}`;
      const report = this.#bulkReports.next().value;
      reports.push(report);
      return index % 3 === 0 ? report : `${report.slice(0, -1)},"data":{"id":"${id}"}}`;
    });
    const headers = `Idempotency-Key: "${key}"\r\n`;
    const query = this.#keys % 4 === 0 ? '?single_shard=true' : '';
    return {
      bytes: postRequest(this.#target, `/events${query}`, headers, Buffer.from(`[${items.join(',')}]`)),
      what: 'POST /events',
      items: () => ({ ...NOTHING, reports: reports.map(reportItem), payloads }),
    };
  }
}

type Unnumbered = Omit<LoadRequest, 'number'>;

/** The bodies of one plan after another; each has names of its own. */
function* endless(
  mode: Mode,
  seed: number,
  plan: Pick<LoadPlan, 'services' | 'batch' | 'events'>,
): Generator<string, never> {
  for (let chapter = 0; ; chapter++) {
    const bodies = mode.bodies({
      ...plan,
      mode: mode.name,
      seed: (seed + chapter * 7919) >>> 0,
      shuffle: false,
      duplicates: 0,
      startSecond: START_SECOND,
    });
    for (const { text } of bodies) yield text;
  }
}

function reportItem(text: string): Items['reports'][number] {
  const { service_name, state, timestamp } = reportBody.parse(JSON.parse(text));
  return {
    service: service_name,
    sighting: sighting(Math.floor(timestamp) - START_SECOND, state === 'issue'),
  };
}

function recordItems(text: string): Items {
  const { Records } = recordsBody.parse(JSON.parse(text));
  return {
    ...NOTHING,
    records: Records.map((record) => ({ component: record.Component, text: recordText(record) })),
  };
}

function sparkItems(text: string): Items {
  const { job_name: job, run_id: run, messages } = sparkBody.parse(JSON.parse(text));
  const events = messages.filter(({ message_type }) => message_type === 'spark-event');
  return { ...NOTHING, sparkEvents: events.map((event) => ({ job, run, text: sparkEventText(event) })) };
}

/** A record as the ledger knows it, whatever zone its time is written in. */
export function recordText(record: z.output<typeof recordsBody>['Records'][number]): string {
  return `${record.Environment} ${record.State} ${Date.parse(record.Timestamp)}`;
}

/** A Spark event as the ledger knows it. */
export function sparkEventText(event: { readonly generated_at: number; readonly content: string }): string {
  return `${event.generated_at} ${event.content}`;
}

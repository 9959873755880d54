import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';

import { invalidRequest, Problem, type FieldError } from '../frontdoor/problem.ts';
import type { BodyParser } from '../parsing/parser-thread.ts';
import { withoutByteOrderMark } from '../parsing/json.ts';
import { MalformedJson } from '../parsing/json-scanner.ts';
import { compiledKernel, EventScanner, type ScannedEvents } from './alike.ts';
import { EventReader } from './event-reader.ts';
import type { Clock } from './item.ts';
import { encodeRows, evenPartSize, type EventPart, regroup } from './rows.ts';

/** How to read one body. Plain data: it crosses threads. */
export interface ParseOptions extends Clock {
  readonly format: 'array' | 'ndjson';
  readonly maxEvents: number;
  readonly batchSize: number;
  readonly shards: number;
  /** Where the body's hash is wanted: what counts as part of the body besides its bytes. */
  readonly hashWith?: string;
}

/**
 * What happens to the reports inside a bulk request: another feature's business, which cmd/ passes in. `Reports` is
 * plain data that only that feature looks into; it crosses the thread boundary by structured clone.
 */

/** Checks and gathers the reports of one request, where it is parsed. */
export interface ReportGatherer<Reports> {
  /**
   * Checks one item's fields as `POST /event` does, and gathers the report if nothing is wrong. `second` is
   * undefined where the item's timestamp is refused already; then the rest is only checked.
   */
  add(serviceName: unknown, state: unknown, second: number | undefined): readonly FieldError[];
  /** All that were gathered; called once, at the end. */
  finish(): Reports;
}

/** How the reports of requests are gathered. */
export interface GatherReports<Reports> {
  /** Makes the gatherer of one request; `shards` is the number of shards, `batchSize` the most events of a batch. */
  begin(shards: number, batchSize: number): ReportGatherer<Reports>;
  /**
   * Gathers all reports of a body at once, if it holds nothing but what can be read without looking at each item. Whatever
   * it returns undefined for is read item by item, and only then is it known what is wrong with a body.
   */
  scan?(
    body: Buffer,
    options: ParseOptions,
  ): { readonly reports: Reports; readonly items: number } | undefined;
  /** The buffers of gathered reports that are moved to the other thread instead of copied. */
  buffersOf(reports: Reports): ArrayBuffer[];
}

/** What a body holds, ready to be queued. Plain data. */
export interface ParsedEvents<Reports> {
  /** Items in all. */
  readonly accepted: number;
  /** The payload events, in parts of `partSize`. */
  readonly parts: readonly EventPart[];
  readonly partSize: number;
  readonly reports: Reports;
  /** SHA-256, where it was wanted. */
  readonly bodyHash?: Uint8Array;
}

/** The body of `POST /events`: all of it is good, or all of it is refused. */
export function eventParser<Reports>(
  gather: GatherReports<Reports>,
): BodyParser<ParseOptions, ParsedEvents<Reports>> {
  const kernel = compiledKernel();
  const scanner = kernel && new EventScanner(kernel);
  return {
    name: 'events',
    parseAlike(body, options) {
      const scanned = gather.scan?.(body, options);
      if (scanned !== undefined) {
        const { reports, items } = scanned;
        return { accepted: items, parts: [], partSize: 1, reports, ...hashed(body, options) };
      }
      const events = scanner?.scan(body, options);
      if (events === undefined) return undefined;
      const reports = gather.begin(options.shards, options.batchSize).finish();
      return { accepted: events.items, ...scannedParts(events, options), reports, ...hashed(body, options) };
    },
    parse(body, options) {
      if (!isUtf8(body)) throw new Problem(400, 'invalid-body', 'The body is not valid UTF-8.');
      const gatherer = gather.begin(options.shards, options.batchSize);
      const reader = new EventReader(withoutByteOrderMark(body), options, gatherer);
      readAll(reader, options.format, body);
      if (reader.items > options.maxEvents) {
        throw new Problem(413, 'too-large', `The request has more than ${options.maxEvents} events.`);
      }
      if (reader.faults.length > 0) throw invalidRequest(reader.faults);
      const reports = gatherer.finish();
      return {
        ...{ accepted: reader.items, ...inParts(reader, options.batchSize), reports },
        ...hashed(body, options),
      };
    },
    buffersOf: ({ parts, reports }) => [
      ...parts.map(({ rows }) => rows.buffer),
      ...gather.buffersOf(reports),
    ],
  };
}

function readAll(reader: EventReader, format: ParseOptions['format'], body: Buffer): void {
  try {
    if (format === 'ndjson') reader.readLines();
    else reader.readArray();
  } catch (error) {
    if (!(error instanceof MalformedJson)) throw error;
    const detail =
      format === 'array' && looksLikeLines(body)
        ? 'The body is no JSON array. NDJSON needs Content-Type: application/x-ndjson.'
        : `The body is ${error.message}, at byte ${error.at}.`;
    throw new Problem(400, 'invalid-body', detail);
  }
}

function inParts(
  { json, events }: EventReader,
  batchSize: number,
): Pick<ParsedEvents<unknown>, 'parts' | 'partSize'> {
  const count = events.micros.length;
  const partSize = evenPartSize(count, batchSize);
  const parts: EventPart[] = [];
  for (let from = 0; from < count; from += partSize) {
    const to = Math.min(count, from + partSize);
    parts.push({ events: to - from, rows: encodeRows(json, events, from, to) });
  }
  return { parts, partSize };
}

/** Copies the events out of the scanner's memory. */
function scannedParts(
  { items, rows }: ScannedEvents,
  { batchSize }: ParseOptions,
): Pick<ParsedEvents<unknown>, 'parts' | 'partSize'> {
  const partSize = evenPartSize(items, batchSize);
  return { parts: regroup(rows, partSize), partSize };
}

function hashed(body: Buffer, { hashWith }: ParseOptions): { bodyHash?: Uint8Array } {
  if (hashWith === undefined) return {};
  return { bodyHash: createHash('sha256').update(`${hashWith}\n`).update(body).digest() };
}

/** Whether the first line is an object by itself. */
function looksLikeLines(body: Buffer): boolean {
  return /^\s*\{/.test(body.toString('latin1', 0, 100));
}

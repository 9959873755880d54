import { MAX_LISTED_ERRORS, type FieldError } from '../frontdoor/problem.ts';
import {
  CLOSE_BRACKET,
  COMMA,
  MalformedJson,
  OPEN_BRACKET,
  skipMark,
  skipSpace,
  skipValue,
} from '../parsing/json-scanner.ts';
import { decodeString, isString, ItemScanner, readTimestamp, type Clock, type Slice } from './item.ts';
import type { ReportGatherer } from './parse.ts';
import type { EventSlices } from './rows.ts';

const LINE_FEED = 0x0a;

/** How many events a body may have, and the clock they are held against. */
interface Limits extends Clock {
  readonly maxEvents: number;
}

/**
 * Goes through the items of one body and keeps what they are: payload events as slices of the body, reports with the
 * gatherer, and the first faults. Stops where enough is known to refuse the body. Throws {@link MalformedJson}.
 */
export class EventReader {
  items = 0;
  readonly faults: FieldError[] = [];
  readonly events: EventSlices = { micros: [], dataFrom: [], dataTo: [] };
  /** The body, which {@link EventReader.events} are slices of. */
  readonly json: Buffer;
  readonly #limits: Limits;
  readonly #gatherer: Pick<ReportGatherer<unknown>, 'add'>;
  readonly #scanner: ItemScanner;

  constructor(json: Buffer, limits: Limits, gatherer: Pick<ReportGatherer<unknown>, 'add'>) {
    this.json = json;
    this.#scanner = new ItemScanner(json);
    this.#limits = limits;
    this.#gatherer = gatherer;
  }

  /** Reads one JSON array of items. */
  readArray(): void {
    const json = this.json;
    let at = skipSpace(json, 0);
    if (at === json.length) throw new MalformedJson(at, 'empty; a JSON array is needed');
    if (json[at] !== OPEN_BRACKET) {
      this.#requireEnd(skipValue(json, at));
      this.faults.push({ field: '', message: 'must be a JSON array of events, or NDJSON by Content-Type' });
      return;
    }
    at = skipSpace(json, at + 1);
    if (json[at] === CLOSE_BRACKET) {
      this.#requireEnd(at + 1);
      return;
    }
    for (;;) {
      at = skipSpace(json, this.#readItem(at));
      if (this.#isRefused) return;
      if (json[at] === CLOSE_BRACKET) break;
      at = skipSpace(json, skipMark(json, at, COMMA));
    }
    this.#requireEnd(at + 1);
  }

  /** Reads NDJSON: an item a line; lines with nothing but blanks do not count. */
  readLines(): void {
    const json = this.json;
    for (let at = skipSpace(json, 0); at < json.length && !this.#isRefused;) {
      const newline = json.indexOf(LINE_FEED, at);
      const lineEnd = newline === -1 ? json.length : newline;
      const itemEnd = this.#readItem(at);
      if (itemEnd > lineEnd)
        throw new MalformedJson(lineEnd, 'not valid NDJSON: a line ends within an event');
      at = skipSpace(json, itemEnd);
      if (at < lineEnd) throw new MalformedJson(at, 'not valid NDJSON: more than one event in a line');
    }
  }

  get #isRefused(): boolean {
    return this.faults.length >= MAX_LISTED_ERRORS || this.items > this.#limits.maxEvents;
  }

  /** Reads the item at `at` and returns the position after it. */
  #readItem(at: number): number {
    const index = this.items++;
    const { fields } = this.#scanner;
    const end = this.#scanner.scan(at);
    if (end === at) {
      this.faults.push({ index, field: '', message: 'must be a JSON object' });
      return skipValue(this.json, at);
    }
    const time = readTimestamp(this.json, fields.timestamp, this.#limits);
    const hasName = fields.serviceName.isThere;
    const hasState = fields.state.isThere;
    if (hasName && hasState) {
      const second = typeof time === 'number' ? Math.floor(time / 1e6) : undefined;
      const faults = this.#gatherer.add(this.#textOf(fields.serviceName), this.#textOf(fields.state), second);
      for (const fault of faults) this.faults.push({ index, ...fault });
    } else if (hasName || hasState) {
      const field = hasName ? 'state' : 'service_name';
      this.faults.push({ index, field, message: 'is missing: a report has both service_name and state' });
    }
    if (typeof time === 'string') this.faults.push({ index, field: 'timestamp', message: time });
    else if (fields.data.isThere || !hasName) this.#keep(time, fields.data);
    return end;
  }

  #keep(micros: number, data: Slice): void {
    this.events.micros.push(micros);
    this.events.dataFrom.push(data.from);
    this.events.dataTo.push(data.isThere ? data.to : -1);
  }

  /** The text of a string; null for what is none. */
  #textOf(slice: Slice): string | null {
    return isString(this.json, slice) ? decodeString(this.json, slice) : null;
  }

  #requireEnd(at: number): void {
    const end = skipSpace(this.json, at);
    if (end !== this.json.length) throw new MalformedJson(end);
  }
}

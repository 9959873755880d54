import { unixSecondsFault } from '../frontdoor/fields.ts';
import {
  BACKSLASH,
  CLOSE_BRACE,
  COLON,
  COMMA,
  OPEN_BRACE,
  QUOTE,
  skipMark,
  skipSpace,
  skipString,
  skipValue,
} from '../parsing/json-scanner.ts';
import { parseMicros } from '../time/instant.ts';

/** Where a value lies in a body: [from, to); -1 where an item has no such field. */
export class Slice {
  from = -1;
  to = -1;

  get isThere(): boolean {
    return this.from !== -1;
  }
}

const SPACE = 0x20;
const names = {
  timestamp: Buffer.from('timestamp'),
  data: Buffer.from('data'),
  serviceName: Buffer.from('service_name'),
  state: Buffer.from('state'),
};

/**
 * Finds the fields of a body's items. Most items of a body are alike, as one program wrote them: the bytes between their
 * values, which are keys and marks, are the same. Where they are, they need not be looked into again, which is most of
 * the work.
 */
export class ItemScanner {
  /** Where those of the item lie that was scanned last. */
  readonly fields = {
    timestamp: new Slice(),
    data: new Slice(),
    serviceName: new Slice(),
    state: new Slice(),
  };
  readonly #json: Buffer;
  /** Of the last item that was not like the one before: where the bytes ahead of each value are, and whose value it is. */
  readonly #gaps = { froms: [] as number[], tos: [] as number[], fields: [] as (Slice | undefined)[] };

  constructor(json: Buffer) {
    this.#json = json;
  }

  /**
   * Scans the item at `at`; of a repeated key the last counts, as in `JSON.parse`. Returns the position after the item,
   * or `at` itself if the item is no object.
   */
  scan(at: number): number {
    const { timestamp, data, serviceName, state } = this.fields;
    timestamp.from = data.from = serviceName.from = state.from = -1;
    const end = this.#scanAlike(at);
    return end === -1 ? this.#scanAny(at) : end;
  }

  /** Returns -1 if the item is not like the other. */
  #scanAlike(at: number): number {
    const json = this.#json;
    const { froms, tos, fields } = this.#gaps;
    for (let index = 0; index < froms.length; index++) {
      const gapTo = tos[index] ?? 0;
      for (let gap = froms[index] ?? 0; gap < gapTo; gap++, at++) if (json[at] !== json[gap]) return -1;
      if ((json[at] ?? 0) <= SPACE) return -1; // Blanks that were not there.
      const to = skipValue(json, at);
      const field = fields[index];
      if (field !== undefined) {
        field.from = at;
        field.to = to;
      }
      at = to;
    }
    return froms.length > 0 && json[at] === CLOSE_BRACE ? at + 1 : -1;
  }

  #scanAny(at: number): number {
    const json = this.#json;
    const { timestamp, data, serviceName, state } = this.fields;
    timestamp.from = data.from = serviceName.from = state.from = -1;
    const { froms, tos, fields } = this.#gaps;
    froms.length = tos.length = fields.length = 0;
    if (json[at] !== OPEN_BRACE) return at;
    let gapFrom = at;
    at = skipSpace(json, at + 1);
    if (json[at] === CLOSE_BRACE) return at + 1;
    for (;;) {
      const keyEnd = skipString(json, at);
      const field = fieldOf(json, at + 1, keyEnd - 1, this.fields);
      const from = skipSpace(json, skipMark(json, keyEnd, COLON));
      const to = skipValue(json, from);
      if (field !== undefined) {
        field.from = from;
        field.to = to;
      }
      froms.push(gapFrom);
      tos.push(from);
      fields.push(field);
      gapFrom = to;
      at = skipSpace(json, to);
      if (json[at] === CLOSE_BRACE) return at + 1;
      at = skipSpace(json, skipMark(json, at, COMMA));
    }
  }
}

/** The text of the string [from, to), quotes included. */
export function decodeString(json: Buffer, { from, to }: Slice): string {
  const text = json.toString('utf8', from + 1, to - 1);
  return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
}

/** Whether the value is a string. */
export function isString(json: Buffer, { from }: Slice): boolean {
  return json[from] === QUOTE;
}

function fieldOf(json: Buffer, from: number, to: number, fields: ItemScanner['fields']): Slice | undefined {
  if (isName(json, from, to, names.timestamp)) return fields.timestamp;
  if (isName(json, from, to, names.data)) return fields.data;
  if (isName(json, from, to, names.serviceName)) return fields.serviceName;
  if (isName(json, from, to, names.state)) return fields.state;
  // Rare, but the same key: "\u0064ata".
  for (let at = from; at < to; at++) {
    if (json[at] !== BACKSLASH) continue;
    const key = Buffer.from(JSON.parse(json.toString('utf8', from - 1, to + 1)) as string);
    return key.includes(BACKSLASH) ? undefined : fieldOf(key, 0, key.length, fields);
  }
  return undefined;
}

function isName(json: Buffer, from: number, to: number, name: Uint8Array): boolean {
  if (to - from !== name.length) return false;
  for (let index = 0; index < name.length; index++) {
    if (json[from + index] !== name[index]) return false;
  }
  return true;
}

const NEITHER = 'must be unix seconds or an RFC 3339 time';
const MINUS = 0x2d;

/** The clock that timestamps are held against, in unix seconds. */
export interface Clock {
  readonly nowSeconds: number;
  readonly maxFutureSeconds: number;
}

/** Reads the timestamp at `slice`: microseconds since 1970, or what is wrong with it. */
export function readTimestamp(json: Buffer, slice: Slice, clock: Clock): number | string {
  if (!slice.isThere) return NEITHER;
  if (isString(json, slice)) {
    const micros = parseMicros(json, slice.from + 1, slice.to - 1) ?? readEscaped(json, slice);
    if (micros === undefined) return NEITHER;
    if (micros < 0) return 'must not be before 1970';
    return fault(micros / 1e6, clock) ?? micros;
  }
  const first = json[slice.from] ?? 0;
  if (first !== MINUS && (first < 0x30 || first > 0x39)) return NEITHER;
  const seconds = parseNumber(json, slice);
  // Rounded, as most fractions are no exact doubles, but never into the next second: a report would move there.
  const lastOfSecond = Math.floor(seconds) * 1e6 + 999_999;
  return fault(seconds, clock) ?? Math.min(Math.round(seconds * 1e6), lastOfSecond);
}

function fault(seconds: number, { nowSeconds, maxFutureSeconds }: Clock): string | undefined {
  return unixSecondsFault(seconds, nowSeconds, maxFutureSeconds);
}

/** Nobody escapes digits, but it would be the same text. */
function readEscaped(json: Buffer, slice: Slice): number | undefined {
  const text = decodeString(json, slice);
  return text.length === slice.to - slice.from - 2 ? undefined : parseMicros(Buffer.from(text));
}

// As many digits as microseconds of today have.
const MAX_DIGITS = 16;

/** What `JSON.parse` makes of these bytes, which are a JSON number. */
function parseNumber(json: Buffer, { from, to }: Slice): number {
  let digits = 0;
  let decimals = -1;
  if (to - from <= MAX_DIGITS + 1) {
    for (let at = from; at < to; at++) {
      const byte = json[at] ?? 0;
      if (byte >= 0x30 && byte <= 0x39) {
        digits = digits * 10 + byte - 0x30;
        if (decimals !== -1) decimals++;
      } else if (byte === 0x2e) decimals = 0;
      else return Number(json.toString('latin1', from, to));
    }
    // Both are exact, so the quotient is rounded once, as it must be.
    if (digits <= Number.MAX_SAFE_INTEGER) return decimals <= 0 ? digits : digits / 10 ** decimals;
  }
  return Number(json.toString('latin1', from, to));
}

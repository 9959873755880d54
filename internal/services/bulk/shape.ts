import { isUtf8 } from 'node:buffer';

/** What the kernel calls the values of an item. */
const KINDS: Readonly<Record<string, number>> = { service_name: 0, state: 1, timestamp: 2 };
/** An item that is longer until it ends is no report as agents write them. */
const MAX_ITEM_BYTES = 4096;
const MAX_NESTING = 100;

const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** What the items of a body have in common if they are reports and alike: all but three values. */
export interface Shape {
  /** The kinds of the values, in their order. */
  readonly kinds: readonly number[];
  /** The bytes ahead of each value, and those between the last value of an item and the first of the next. */
  readonly gaps: readonly Buffer[];
  /** How many bytes of the last gap belong to the item that ends. */
  readonly endingBytes: number;
}

/** Where a value lies: [from, to); of a string without its quotes. */
interface Value {
  readonly kind: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Learns the shape of a body from its first item, which is checked in full but for the three values; or undefined if it is
 * no report, or more than that, or more than a scanner should see to.
 */
export function learnShape(body: Buffer, format: 'array' | 'ndjson'): Shape | undefined {
  let from = skipSpace(body, 0);
  if (format === 'array') {
    if (body[from] !== OPEN_BRACKET) return undefined;
    from = skipSpace(body, from + 1);
  }
  const item = readItem(body, from);
  if (item === undefined) return undefined;
  const [first, second, third] = item.values;
  if (first === undefined || second === undefined || third === undefined) return undefined;
  const text = body.subarray(from, item.end);
  // A line break within an item would be one in a line.
  if (!isJson(text) || (format === 'ndjson' && text.includes(LINE_FEED))) return undefined;
  const head = body.subarray(from, first.from);
  const separator = separatorAt(body, item.end, format);
  return {
    kinds: item.values.map(({ kind }) => kind),
    gaps: [
      head,
      body.subarray(first.to, second.from),
      body.subarray(second.to, third.from),
      Buffer.concat([body.subarray(third.to, item.end), separator, head]),
    ],
    endingBytes: item.end - third.to,
  };
}

/** The fields of the object at `from`, and where it ends; what it finds is right where the object is valid JSON. */
function readItem(body: Buffer, from: number): { values: Value[]; end: number } | undefined {
  if (body[from] !== OPEN_BRACE) return undefined;
  const limit = Math.min(body.length, from + MAX_ITEM_BYTES);
  const values: Value[] = [];
  let depth = 0;
  let key: string | undefined;
  let valueFrom = from;
  for (let at = from; at < limit; at++) {
    switch (body[at]) {
      case QUOTE: {
        const end = endOfString(body, at, limit);
        if (depth === 1 && key === undefined) key = body.toString('latin1', at + 1, end - 1);
        at = end - 1;
        break;
      }
      case COLON:
        if (depth === 1) valueFrom = skipSpace(body, at + 1);
        break;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        if (++depth > MAX_NESTING) return undefined;
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
      case COMMA: {
        const isEnd = body[at] !== COMMA;
        if (depth === 1 && !addValue(values, key, body, valueFrom, at)) return undefined;
        if (depth === 1) key = undefined;
        if (isEnd && --depth === 0) return { values, end: at + 1 };
        break;
      }
      default:
    }
  }
  return undefined;
}

/** Adds the value that ends ahead of `at`, if it is one of the three. Returns whether a scanner can go on. */
function addValue(
  values: Value[],
  key: string | undefined,
  body: Buffer,
  valueFrom: number,
  at: number,
): boolean {
  // A key may be written in other ways, too.
  if (key === undefined || key === 'data' || key.includes('\\')) return false;
  const kind = Object.hasOwn(KINDS, key) ? KINDS[key] : undefined;
  if (kind === undefined) return true;
  let to = at;
  while (isSpace(body[to - 1])) to--;
  const isText = body[valueFrom] === QUOTE;
  if (isText === (key === 'timestamp') || values.some((value) => value.kind === kind)) return false;
  values.push(isText ? { kind, from: valueFrom + 1, to: to - 1 } : { kind, from: valueFrom, to });
  return true;
}

/** The position after the string whose opening quote is at `at`. */
function endOfString(body: Buffer, at: number, limit: number): number {
  for (at++; at < limit && body[at] !== QUOTE; at++) if (body[at] === BACKSLASH) at++;
  return at + 1;
}

/** What stands between the item that ends at `end` and the next one; if there is none, what would usually. */
function separatorAt(body: Buffer, end: number, format: 'array' | 'ndjson'): Buffer {
  let at = skipSpace(body, end);
  if (format === 'array' && body[at] === COMMA) at = skipSpace(body, at + 1);
  const separator = body.subarray(end, at);
  const mark = format === 'array' ? COMMA : LINE_FEED;
  return separator.length < MAX_ITEM_BYTES && separator.includes(mark) ? separator : Buffer.from([mark]);
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString());
    return isUtf8(bytes);
  } catch {
    return false;
  }
}

function skipSpace(body: Buffer, at: number): number {
  while (isSpace(body[at])) at++;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === LINE_FEED || byte === 0x0d || byte === 0x09;
}

import { unixSecondsFault } from '../frontdoor/fields.ts';
import { parseMicros } from '../time/instant.ts';
import { decodeString, isString, type Slice } from './item.ts';

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

// As many digits as a double surely holds.
const MAX_EXACT_DIGITS = 15;

/** What `JSON.parse` makes of these bytes, which are a JSON number. */
function parseNumber(json: Buffer, { from, to }: Slice): number {
  let digits = 0;
  let decimals = -1;
  if (to - from <= MAX_EXACT_DIGITS + 1) {
    for (let at = from; at < to; at++) {
      const byte = json[at] ?? 0;
      if (byte >= 0x30 && byte <= 0x39) {
        digits = digits * 10 + byte - 0x30;
        if (decimals !== -1) decimals++;
      } else if (byte === 0x2e) decimals = 0;
      else return Number(json.toString('latin1', from, to));
    }
    // Both are exact, so the quotient is rounded once, as it must be.
    if (digits <= 10 ** MAX_EXACT_DIGITS) return decimals <= 0 ? digits : digits / 10 ** decimals;
  }
  return Number(json.toString('latin1', from, to));
}

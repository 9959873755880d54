/** Deepest nesting of a JSON body; far more than any real one, far less than what hurts. */
export const MAX_NESTING = 10_000;
/** Most values that a JSON body may hold, its members and elements counted. */
export const MAX_VALUES = 1_000_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

/**
 * Why JSON text (UTF-8) must not be parsed, or undefined. `JSON.parse` takes 40 bytes and more for each open level and
 * each value, however small: 32 MiB of "[" or of "{}," would take more than a gigabyte.
 */
export function jsonBoundsFault(json: Uint8Array): string | undefined {
  if (json.length <= MAX_NESTING) return undefined;
  let depth = 0;
  let values = 0;
  let inString = false;
  for (let index = 0; index < json.length; index++) {
    const byte = json[index];
    if (inString) {
      if (byte === BACKSLASH) index++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) {
      inString = true;
    } else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > MAX_NESTING) return `nests deeper than ${MAX_NESTING} levels`;
      values++;
    } else if (byte === 0x5d || byte === 0x7d) {
      depth--;
    } else if (byte === COMMA) {
      values++;
    }
    if (values > MAX_VALUES) return `holds more than ${MAX_VALUES} values`;
  }
  return undefined;
}

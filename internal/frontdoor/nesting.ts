/** Deepest nesting of a JSON body; far more than any real one, far less than what hurts. */
export const MAX_NESTING = 10_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Whether JSON text (UTF-8) nests deeper than {@link MAX_NESTING}. `JSON.parse` takes 40 bytes and more for each open
 * level: 32 MiB of "[" would hold the event loop for five seconds and take more than a gigabyte.
 */
export function nestsTooDeep(json: Buffer): boolean {
  if (json.length <= MAX_NESTING) return false;
  let depth = 0;
  let inString = false;
  for (let index = 0; index < json.length; index++) {
    const byte = json[index];
    if (inString) {
      if (byte === BACKSLASH) index++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) {
      inString = true;
    } else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > MAX_NESTING) return true;
    } else if (byte === 0x5d || byte === 0x7d) {
      depth--;
    }
  }
  return false;
}

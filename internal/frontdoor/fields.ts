// Rules for values that requests of several features hold: why one is refused, in words that follow its field's name.

/** Of what callers name freely. */
export const MAX_NAME_CHARACTERS = 255;

/** Why `name` cannot name anything that callers name freely, such as a service or a job; or undefined. */
export function nameFault(name: unknown): string | undefined {
  if (typeof name !== 'string') return 'must be a string';
  if (name.length === 0) return 'must not be empty';
  if (isLongerThan(MAX_NAME_CHARACTERS, name)) return `must be at most ${MAX_NAME_CHARACTERS} characters`;
  // Postgres stores no U+0000, and other control characters forge log lines and terminals.
  if (/\p{Cc}/u.test(name)) return 'must not contain control characters';
  // A lone surrogate cannot be written in UTF-8: two such names would become one.
  if (!name.isWellFormed()) return 'must not contain lone surrogates';
  return undefined;
}

/** Whether a text has more than so many characters, each of which is one UTF-16 unit or two. */
export function isLongerThan(characters: number, text: string): boolean {
  if (text.length <= characters) return false;
  // What is longer than that in units need not be counted.
  return text.length > 2 * characters || Array.from(text).length > characters;
}

/** Why a path or a query of a URL cannot be read, or undefined. */
export function encodingFault(text: string): string | undefined {
  try {
    decodeURIComponent(text);
    return undefined;
  } catch {
    return 'is not valid percent-encoded UTF-8';
  }
}

// Seconds of the year 5138, which as milliseconds is 1973: what is larger can only be milliseconds, as agents in
// JavaScript and Java send them, up to the year 5138 of those.
const SURELY_MILLISECONDS = { from: 1e11, before: 1e14 };

/**
 * Why a number cannot be the unix seconds of something that was seen, or undefined. `nowSeconds` is the server's
 * clock; `maxFutureSeconds` says how far the caller's may be ahead of it.
 */
export function unixSecondsFault(
  seconds: number,
  nowSeconds: number,
  maxFutureSeconds: number,
): string | undefined {
  if (!Number.isFinite(seconds)) return 'must be finite';
  if (seconds < 0) return 'must not be negative';
  if (seconds <= nowSeconds + maxFutureSeconds) return undefined;
  if (seconds >= SURELY_MILLISECONDS.from && seconds < SURELY_MILLISECONDS.before) {
    return 'must be unix seconds; this value can only be milliseconds';
  }
  return `must be at most ${maxFutureSeconds} seconds ahead of the server's clock`;
}

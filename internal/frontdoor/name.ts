const MAX_NAME_CHARACTERS = 255;

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

const MAX_NAME_CHARACTERS = 255;

/** Why `name` can name no job and no run, or undefined. */
export function nameFault(name: unknown): string | undefined {
  if (typeof name !== 'string') return 'must be a string';
  if (name === '') return 'must not be empty';
  // A character is at most two UTF-16 units: what is longer than that need not be counted.
  if (name.length > 2 * MAX_NAME_CHARACTERS || Array.from(name).length > MAX_NAME_CHARACTERS) {
    return `must be at most ${MAX_NAME_CHARACTERS} characters`;
  }
  // Postgres stores no U+0000, and other control characters forge log lines and terminals.
  if (/\p{Cc}/u.test(name)) return 'must not contain control characters';
  // A lone surrogate cannot be written in UTF-8: two such names would become one.
  if (!name.isWellFormed()) return 'must not contain lone surrogates';
  return undefined;
}

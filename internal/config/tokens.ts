import { createHash } from 'node:crypto';

/** What a token opens: `badge` only the images that other pages show. */
export const tokenKinds = ['write', 'read', 'badge'] as const;

/** The SHA-256 of each token that is taken; an empty list of `write` or `read` leaves that side open. */
export type TokenDigests = Readonly<Record<(typeof tokenKinds)[number], readonly Buffer[]>>;

// Whoever tries a thousand a second for a year finds none of sixteen random characters.
const LEAST_CHARACTERS = 16;

/** What is kept of a token in memory. */
export function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Reads tokens that `separator` is between. What is wrong with them does not show them. */
export function parseTokens(
  text: string,
  separator: RegExp,
): { readonly digests: Buffer[] } | { readonly fault: string } {
  const tokens = text.split(separator).map((token) => token.trim());
  if (!tokens.every((token) => /^[\x21-\x7e]+$/.test(token))) {
    return { fault: 'must be comma-separated tokens of visible ASCII' };
  }
  if (tokens.some(({ length }) => length < LEAST_CHARACTERS)) {
    return {
      fault: `must be tokens of at least ${LEAST_CHARACTERS} characters, as shorter ones can be guessed`,
    };
  }
  return { digests: tokens.map(digestOf) };
}

import { randomBytes } from 'node:crypto';

const VERSION_7 = 0x70;
const VARIANT = 0x80;

/** A random UUID of version 7: ids made later sort after, by the millisecond. */
export function timeOrderedId(unixMs: number): string {
  const random = randomBytes(10);
  random[0] = VERSION_7 | ((random[0] ?? 0) & 0x0f);
  random[2] = VARIANT | ((random[2] ?? 0) & 0x3f);
  return toUuid(hexOf(unixMs) + random.toString('hex'));
}

/** The smallest of the ids of that time: older ones sort before it. */
export function smallestIdOf(unixMs: number): string {
  return toUuid(hexOf(unixMs) + '0'.repeat(20));
}

function hexOf(unixMs: number): string {
  return Math.floor(unixMs).toString(16).padStart(12, '0');
}

function toUuid(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

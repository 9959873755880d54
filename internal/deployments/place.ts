import type { Instant } from '../time/instant.ts';
import { environmentFault, stateFault } from './record.ts';

/** The place of a record in its component's history, which is read oldest first. */
export interface Place extends Instant {
  readonly environment: string;
  readonly state: string;
}

/** Before everything of that instant and later: no record has an empty environment. */
export function placeBefore({ second, nanosecond }: Instant): Place {
  return { second, nanosecond, environment: '', state: '' };
}

/** Before everything. */
export const START = placeBefore({ second: Number.MIN_SAFE_INTEGER, nanosecond: 0 });
/** After everything. */
export const END: Instant = { second: Number.MAX_SAFE_INTEGER, nanosecond: 0 };

/** The opaque text that names the place of a record; the next page begins after it. */
export function encodeCursor({ second, nanosecond, environment, state }: Place): string {
  return Buffer.from(JSON.stringify([second, nanosecond, environment, state])).toString('base64url');
}

/** Undefined if the text is none of ours. */
export function decodeCursor(cursor: string): Place | undefined {
  const place = toPlace(parseArray(Buffer.from(cursor, 'base64url').toString('utf8')));
  return place !== undefined && encodeCursor(place) === cursor ? place : undefined;
}

function parseArray(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function toPlace([second, nanosecond, environment, state]: readonly unknown[]): Place | undefined {
  const isText = typeof environment === 'string' && typeof state === 'string';
  if (!isText || environmentFault(environment) !== undefined || stateFault(state) !== undefined) {
    return undefined;
  }
  if (!isInteger(second) || !isInteger(nanosecond) || nanosecond < 0 || nanosecond >= 1e9) return undefined;
  return { second, nanosecond, environment, state };
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

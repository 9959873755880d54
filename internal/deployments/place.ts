import { cursorCodec } from '../frontdoor/pages.ts';
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

/** The places of records as cursors. */
export const recordCursor = cursorCodec<Place>(
  'record 1',
  ({ second, nanosecond, environment, state }) => [second, nanosecond, environment, state],
  ([second, nanosecond, environment, state]) => {
    const isText = typeof environment === 'string' && typeof state === 'string';
    if (!isText || environmentFault(environment) !== undefined || stateFault(state) !== undefined) {
      return undefined;
    }
    if (!isInteger(second) || !isInteger(nanosecond) || nanosecond < 0 || nanosecond >= 1e9) return undefined;
    return { second, nanosecond, environment, state };
  },
);

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

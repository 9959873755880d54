import { cursorCodec } from '../frontdoor/pages.ts';

/** The place of an event in the order in which events are read: newest first. */
export interface Place {
  /** Microseconds since 1970. */
  readonly micros: number;
  /** An int8, as text. */
  readonly eventId: string;
}

const MAX_EVENT_ID = 2n ** 63n - 1n;

/** The places of events as cursors. */
export const eventCursor = cursorCodec<Place>(
  'event 1',
  ({ micros, eventId }) => [micros, eventId],
  ([micros, eventId]) => {
    if (!Number.isSafeInteger(micros) || typeof micros !== 'number' || micros < 0) return undefined;
    if (typeof eventId !== 'string' || !/^(0|[1-9]\d{0,18})$/.test(eventId)) return undefined;
    return BigInt(eventId) <= MAX_EVENT_ID ? { micros, eventId } : undefined;
  },
);

/** Negative if `a` is read before `b`. */
export function comparePlaces(a: Place, b: Place): number {
  if (a.micros !== b.micros) return b.micros - a.micros;
  const difference = BigInt(b.eventId) - BigInt(a.eventId);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

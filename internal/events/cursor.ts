/** The place of an event in the order in which events are read: newest first. */
export interface Place {
  /** Microseconds since 1970. */
  readonly micros: number;
  /** An int8, as text. */
  readonly eventId: string;
}

const MAX_EVENT_ID = 2n ** 63n - 1n;

/** The opaque text that names a place; the next page begins after it. */
export function encodeCursor({ micros, eventId }: Place): string {
  return Buffer.from(`${micros}.${eventId}`).toString('base64url');
}

/** Undefined if the text is none of ours. */
export function decodeCursor(cursor: string): Place | undefined {
  const [, micros, eventId] =
    /^(\d{1,18})\.(\d{1,19})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  if (micros === undefined || eventId === undefined) return undefined;
  const place = { micros: Number(micros), eventId };
  const isPossible = Number.isSafeInteger(place.micros) && BigInt(eventId) <= MAX_EVENT_ID;
  return isPossible && encodeCursor(place) === cursor ? place : undefined;
}

/** Negative if `a` is read before `b`. */
export function comparePlaces(a: Place, b: Place): number {
  if (a.micros !== b.micros) return b.micros - a.micros;
  const difference = BigInt(b.eventId) - BigInt(a.eventId);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Some payload events of one request, which are committed together. Plain data: it crosses threads. */
export interface EventPart {
  readonly events: number;
  /** One row after the other in the format of binary COPY, without header and trailer: see rows.ts. */
  readonly rows: Uint8Array<ArrayBuffer>;
}

/** Most events of a part; so many are enough for a COPY to pay, and few enough to spread a usual body over shards. */
const MAX_PART_EVENTS = 2500;

/** How many events each part of a request of `events` events has (the last may have fewer), if `batchSize` allows it. */
export function evenPartSize(events: number, batchSize: number): number {
  const largest = Math.min(MAX_PART_EVENTS, batchSize);
  return Math.max(1, Math.ceil(events / Math.max(1, Math.ceil(events / largest))));
}

/** Some payload events of one request, which are committed together. Plain data: it crosses threads. */
export interface EventPart {
  readonly events: number;
  /** One row after the other in the format of binary COPY, without header and trailer: see rows.ts. */
  readonly rows: Uint8Array<ArrayBuffer>;
}

/** Payload events as they lie in a body: the same index in each array is one event. */
export interface EventSlices {
  /** Microseconds since 1970. */
  readonly micros: number[];
  /** Where the bytes of `data` begin and end; both -1 without `data`. */
  readonly dataFrom: number[];
  readonly dataTo: number[];
}

/** Postgres counts from 2000-01-01. */
const EPOCH_2000_MICROS = 946_684_800e6;
const TWO_TO_32 = 2 ** 32;
const FIELDS = 2;
const BYTES_WITHOUT_DATA = 2 + 4 + 8 + 4;
const NO_DATA = -1;

/**
 * Encodes the events [from, to) as rows of binary COPY with the columns event_time and data: a field count, and each
 * field with its length in front. The result has a buffer of its own, so that it can be moved between threads.
 */
export function encodeRows(body: Buffer, events: EventSlices, from: number, to: number): EventPart['rows'] {
  const { micros, dataFrom, dataTo } = events;
  let size = (to - from) * BYTES_WITHOUT_DATA;
  for (let index = from; index < to; index++) size += (dataTo[index] ?? 0) - (dataFrom[index] ?? 0);
  const rows = Buffer.allocUnsafeSlow(size);
  const view = new DataView(rows.buffer);
  let at = 0;
  for (let index = from; index < to; index++) {
    const time = (micros[index] ?? 0) - EPOCH_2000_MICROS;
    const high = Math.floor(time / TWO_TO_32);
    const dataAt = dataFrom[index] ?? NO_DATA;
    const dataBytes = dataAt === NO_DATA ? NO_DATA : (dataTo[index] ?? 0) - dataAt;
    view.setInt16(at, FIELDS);
    view.setInt32(at + 2, 8);
    view.setInt32(at + 6, high);
    view.setUint32(at + 10, time - high * TWO_TO_32);
    view.setInt32(at + 14, dataBytes);
    at += BYTES_WITHOUT_DATA;
    if (dataBytes > 0) at += body.copy(rows, at, dataAt, dataAt + dataBytes);
  }
  return rows;
}

/** Events, as rows, in the same order in parts of `partSize`, each of which has a buffer of its own. */
export function regroup(rows: Buffer, partSize: number): EventPart[] {
  const regrouped: EventPart[] = [];
  for (let at = 0, from = 0, events = 0; at < rows.length;) {
    at = endOfRow(rows, at);
    if (++events < partSize && at < rows.length) continue;
    // A copy: sending a view to another thread would send all that it is a view of.
    regrouped.push({ events, rows: new Uint8Array(rows.subarray(from, at)) });
    from = at;
    events = 0;
  }
  return regrouped;
}

function endOfRow(rows: Buffer, at: number): number {
  const dataBytes = rows.readInt32BE(at + BYTES_WITHOUT_DATA - 4);
  return at + BYTES_WITHOUT_DATA + Math.max(0, dataBytes);
}

/** Most events of a part; so many are enough for a COPY to pay, and few enough to spread a usual body over shards. */
const MAX_PART_EVENTS = 2500;

/** How many events each part of a request of `events` events has (the last may have fewer), if `batchSize` allows it. */
export function evenPartSize(events: number, batchSize: number): number {
  const largest = Math.min(MAX_PART_EVENTS, batchSize);
  return Math.max(1, Math.ceil(events / Math.max(1, Math.ceil(events / largest))));
}

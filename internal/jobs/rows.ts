import { hash } from 'node:crypto';

/** A Spark event to store. */
export interface SparkEventText {
  readonly generatedMs: number;
  /** Well-formed. */
  readonly content: string;
}

/** The columns of {@link encodeRows}, in order. */
export const ROW_COLUMNS = 'arrival, occurrence, generated_ms, content_digest, job_name, run_id, content';

const FIELDS = 7;
const FIELD_COUNT_BYTES = 2;
const LENGTH_BYTES = 4;
const ARRIVAL_BYTES = 8;
const OCCURRENCE_BYTES = 4;
const TIME_BYTES = 8;
/** Of the SHA-256 of the content. */
const DIGEST_BYTES = 16;
// Where the values of the fields of fixed size begin in a row.
const ARRIVAL_AT = FIELD_COUNT_BYTES + LENGTH_BYTES;
const OCCURRENCE_AT = ARRIVAL_AT + ARRIVAL_BYTES + LENGTH_BYTES;
const TIME_AT = OCCURRENCE_AT + OCCURRENCE_BYTES + LENGTH_BYTES;
const DIGEST_AT = TIME_AT + TIME_BYTES + LENGTH_BYTES;
const TEXTS_AT = DIGEST_AT + DIGEST_BYTES;

/**
 * Encodes the Spark events of one payload as rows of binary COPY: a field count, and each field with its length in front.
 * Each row holds the event's identity within its run: the time, a digest of the content, and the how manieth such one of
 * the payload it is. Its place in the order of arrival is left 0 for {@link numberRows}, because only the database knows
 * it. The result has a buffer of its own, so that it can be moved between threads.
 */
export function encodeRows(
  jobName: string,
  runId: string,
  events: readonly SparkEventText[],
): Uint8Array<ArrayBuffer> {
  const names = [Buffer.from(jobName), Buffer.from(runId)];
  const textBytes = names.reduce((sum, name) => sum + LENGTH_BYTES + name.length, LENGTH_BYTES);
  const contentBytes = events.map(({ content }) => Buffer.byteLength(content));
  const size = contentBytes.reduce((sum, bytes) => sum + TEXTS_AT + textBytes + bytes, 0);
  const rows = Buffer.allocUnsafeSlow(size);
  const occurrences = new Map<string, number>();
  let at = 0;
  for (const [event, { generatedMs, content }] of events.entries()) {
    const digest = hash('sha256', content, 'buffer');
    const such = `${generatedMs} ${digest.toString('latin1', 0, DIGEST_BYTES)}`;
    const occurrence = (occurrences.get(such) ?? 0) + 1;
    occurrences.set(such, occurrence);
    at = rows.writeInt16BE(FIELDS, at);
    at = rows.writeInt32BE(ARRIVAL_BYTES, at);
    at = rows.writeBigInt64BE(0n, at);
    at = rows.writeInt32BE(OCCURRENCE_BYTES, at);
    at = rows.writeInt32BE(occurrence, at);
    at = rows.writeInt32BE(TIME_BYTES, at);
    at = rows.writeDoubleBE(generatedMs, at);
    at = rows.writeInt32BE(DIGEST_BYTES, at);
    at += digest.copy(rows, at, 0, DIGEST_BYTES);
    for (const name of names) {
      at = rows.writeInt32BE(name.length, at);
      at += name.copy(rows, at);
    }
    at = rows.writeInt32BE(contentBytes[event] ?? 0, at);
    at += rows.write(content, at);
  }
  return rows;
}

/** One of the rows of {@link encodeRows}, where it lies. */
export interface EventRow {
  readonly rows: Buffer;
  readonly from: number;
  readonly to: number;
}

/** The rows in these bytes, which they share. */
export function readRows(bytes: Uint8Array): EventRow[] {
  const rows = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: EventRow[] = [];
  for (let from = 0; from < rows.length;) {
    let to = from + TEXTS_AT;
    for (let text = 0; text < 3; text++) to += LENGTH_BYTES + rows.readInt32BE(to);
    found.push({ rows, from, to });
    from = to;
  }
  return found;
}

/** When the event was generated, in milliseconds since 1970. */
export function generatedMsOf({ rows, from }: EventRow): number {
  return rows.readDoubleBE(from + TIME_AT);
}

/** Which one it is of those of its payload with its time and content, from 1 on. */
export function occurrenceOf({ rows, from }: EventRow): number {
  return rows.readInt32BE(from + OCCURRENCE_AT);
}

/** The first 16 bytes of the SHA-256 of its content. */
export function digestOf({ rows, from }: EventRow): Buffer {
  return rows.subarray(from + DIGEST_AT, from + TEXTS_AT);
}

/** A text that is another one for each event of a run. */
export function identityOf({ rows, from }: EventRow): string {
  return rows.toString('latin1', from + OCCURRENCE_AT, from + TEXTS_AT);
}

/**
 * Writes their places in the order of arrival into rows, counting up from `first`, and returns the bytes to copy: those
 * that lie one after the other as one piece.
 */
export function numberRows(events: readonly EventRow[], first: number): Uint8Array[] {
  const pieces: EventRow[] = [];
  for (const [index, event] of events.entries()) {
    event.rows.writeBigInt64BE(BigInt(first + index), event.from + ARRIVAL_AT);
    const last = pieces.at(-1);
    if (last?.rows === event.rows && last.to === event.from) pieces.splice(-1, 1, { ...last, to: event.to });
    else pieces.push(event);
  }
  return pieces.map(({ rows, from, to }) => rows.subarray(from, to));
}

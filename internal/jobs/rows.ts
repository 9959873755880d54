/** A Spark event to store. */
export interface EventRow {
  readonly generatedMs: number;
  /** Its place among the messages of its payload. */
  readonly messageIndex: number;
  /** Well-formed. */
  readonly content: string;
}

/** The columns of {@link encodeRows}, in order. */
export const ROW_COLUMNS = 'payload_id, job_name, run_id, generated_ms, message_index, content';

const FIELDS = 6;
const FIELD_COUNT_BYTES = 2;
const LENGTH_BYTES = 4;
const ID_BYTES = 8;
const TIME_BYTES = 8;
const INDEX_BYTES = 4;
const FIXED_BYTES = FIELD_COUNT_BYTES + FIELDS * LENGTH_BYTES + ID_BYTES + TIME_BYTES + INDEX_BYTES;

/**
 * Encodes Spark events as rows of binary COPY: a field count, and each field with its length in front. The payload's id
 * is left 0 for {@link setPayloadId}, because only the database knows it. The result has a buffer of its own, so that it
 * can be moved between threads.
 */
export function encodeRows(
  jobName: string,
  runId: string,
  events: readonly EventRow[],
): Uint8Array<ArrayBuffer> {
  const names = [Buffer.from(jobName), Buffer.from(runId)];
  const nameBytes = names.reduce((sum, name) => sum + name.length, 0);
  const contentBytes = events.map(({ content }) => Buffer.byteLength(content));
  const size = contentBytes.reduce((sum, bytes) => sum + FIXED_BYTES + nameBytes + bytes, 0);
  const rows = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const [event, { generatedMs, messageIndex, content }] of events.entries()) {
    at = rows.writeInt16BE(FIELDS, at);
    at = rows.writeInt32BE(ID_BYTES, at);
    at = rows.writeBigInt64BE(0n, at);
    for (const name of names) {
      at = rows.writeInt32BE(name.length, at);
      at += name.copy(rows, at);
    }
    at = rows.writeInt32BE(TIME_BYTES, at);
    at = rows.writeDoubleBE(generatedMs, at);
    at = rows.writeInt32BE(INDEX_BYTES, at);
    at = rows.writeInt32BE(messageIndex, at);
    at = rows.writeInt32BE(contentBytes[event] ?? 0, at);
    at += rows.write(content, at);
  }
  return rows;
}

/** Writes the payload's id, an int8 as text, into each of its rows. */
export function setPayloadId(bytes: Uint8Array, payloadId: string): void {
  const rows = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const id = BigInt(payloadId);
  for (let at = 0; at < rows.length;) {
    at += FIELD_COUNT_BYTES;
    rows.writeBigInt64BE(id, at + LENGTH_BYTES);
    for (let field = 0; field < FIELDS; field++) at += LENGTH_BYTES + rows.readInt32BE(at);
  }
}

/** A row as binary COPY has it. */
export interface DecodedRow {
  readonly payloadId: bigint;
  readonly jobName: string;
  readonly runId: string;
  readonly generatedMs: number;
  readonly messageIndex: number;
  readonly content: string;
}

/** The rows, in order. */
export function decodeRows(rows: Uint8Array): DecodedRow[] {
  const bytes = Buffer.from(rows);
  const decoded: DecodedRow[] = [];
  let at = 0;
  const next = () => {
    const from = at + 4;
    at = from + bytes.readInt32BE(at);
    return bytes.subarray(from, at);
  };
  while (at < bytes.length) {
    if (bytes.readInt16BE(at) !== 6) throw new Error('not a row of six');
    at += 2;
    decoded.push({
      payloadId: next().readBigInt64BE(),
      jobName: next().toString(),
      runId: next().toString(),
      generatedMs: next().readDoubleBE(),
      messageIndex: next().readInt32BE(),
      content: next().toString(),
    });
  }
  return decoded;
}

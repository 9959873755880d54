/** A row as binary COPY has it. */
export interface DecodedRow {
  readonly arrival: bigint;
  /** Within its payload, from 1 on. */
  readonly occurrence: number;
  readonly generatedMs: number;
  /** In hexadecimal. */
  readonly contentDigest: string;
  readonly jobName: string;
  readonly runId: string;
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
    if (bytes.readInt16BE(at) !== 7) throw new Error('not a row of seven');
    at += 2;
    decoded.push({
      arrival: next().readBigInt64BE(),
      occurrence: next().readInt32BE(),
      generatedMs: next().readDoubleBE(),
      contentDigest: next().toString('hex'),
      jobName: next().toString(),
      runId: next().toString(),
      content: next().toString(),
    });
  }
  return decoded;
}

import type { EventPart } from '../rows.ts';

/** A payload event as a part holds it. */
export interface DecodedRow {
  /** Microseconds since 1970. */
  readonly micros: number;
  readonly data: string | null;
}

/** The events of some parts, in order. */
export function decodeRows(parts: readonly EventPart[]): DecodedRow[] {
  return parts.flatMap(({ rows }) => {
    const bytes = Buffer.from(rows);
    const decoded: DecodedRow[] = [];
    for (let at = 0; at < bytes.length;) {
      if (bytes.readInt16BE(at) !== 2 || bytes.readInt32BE(at + 2) !== 8) throw new Error('not a row of two');
      const micros = Number(bytes.readBigInt64BE(at + 6)) + Date.UTC(2000, 0) * 1000;
      const length = bytes.readInt32BE(at + 14);
      at += 18 + Math.max(0, length);
      decoded.push({ micros, data: length === -1 ? null : bytes.toString('utf8', at - length, at) });
    }
    return decoded;
  });
}

/*
 * Reports as bytes: rows, one after another, each the seconds of one hour in which one service was seen. Rows may repeat
 * a service's hour, so batches are put together by putting their bytes one behind the other. Numbers are little-endian.
 *
 *   uint16 length of the name · uint32 hours since 1970 · the name in UTF-8
 *   · uint32 seconds seen as `deploy` · uint32 seconds seen as `issue` · uint16 each second of the hour, in that order
 */

/** What stands ahead of stored rows, one byte: another layout gets another number. */
export const LAYOUT = 1;

const HEAD_BYTES = 6;
const COUNTS_BYTES = 8;
const SECOND_BYTES = 2;

/** How many bytes rows take: their names' bytes in all, and their seconds in all. */
export function sizeOfRows(rows: number, nameBytes: number, seconds: number): number {
  return rows * (HEAD_BYTES + COUNTS_BYTES) + nameBytes + seconds * SECOND_BYTES;
}

/** How many bytes a name takes in UTF-8. Faster than asking Node for names as they mostly are, short and in ASCII. */
export function nameBytesOf(name: string): number {
  return isAscii(name) ? name.length : Buffer.byteLength(name);
}

function isAscii(name: string): boolean {
  for (let index = 0; index < name.length; index++) if (name.charCodeAt(index) > 0x7f) return false;
  return true;
}

/** Writes rows one behind the other into a buffer that has room for all of them, from `at` on. */
export class RowWriter {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** Where the next row begins. */
  get at(): number {
    return this.#at;
  }

  /** Begins a row, whose seconds must follow: so many seen as `deploy`, then so many seen as `issue`. */
  beginRow(serviceName: string, hour: number, deploy: number, issue: number): void {
    const nameAt = this.#at + HEAD_BYTES;
    const nameEnd = this.#writeName(serviceName, nameAt);
    const nameBytes = nameEnd - nameAt;
    this.#bytes[this.#at] = nameBytes & 0xff;
    this.#bytes[this.#at + 1] = nameBytes >> 8;
    this.#writeUint32(hour, this.#at + 2);
    this.#writeUint32(deploy, nameEnd);
    this.#writeUint32(issue, nameEnd + 4);
    this.#at = nameEnd + COUNTS_BYTES;
  }

  addSecond(second: number): void {
    this.#bytes[this.#at++] = second & 0xff;
    this.#bytes[this.#at++] = second >> 8;
  }

  #writeName(name: string, at: number): number {
    for (let index = 0; index < name.length; index++) {
      const unit = name.charCodeAt(index);
      if (unit > 0x7f) return at + this.#bytes.write(name, at);
      this.#bytes[at + index] = unit;
    }
    return at + name.length;
  }

  #writeUint32(value: number, at: number): void {
    this.#bytes[at] = value & 0xff;
    this.#bytes[at + 1] = (value >>> 8) & 0xff;
    this.#bytes[at + 2] = (value >>> 16) & 0xff;
    this.#bytes[at + 3] = value >>> 24;
  }
}

/** Where the seconds of a row are: those seen as `deploy` from `deployAt` on, those seen as `issue` from `issueAt` to `end`. */
export interface SecondsOfRow {
  readonly deployAt: number;
  readonly issueAt: number;
  readonly end: number;
}

/**
 * Reads rows. `key` is the same text for rows of the same service and hour, and another for any others; the name itself
 * is decoded only by `nameOf`, as most rows name a service that is known.
 */
export function readRows(
  bytes: Buffer,
  take: (key: string, hour: number, nameOf: () => string, seconds: SecondsOfRow) => void,
): void {
  for (let at = 0; at < bytes.length;) {
    const nameAt = at + HEAD_BYTES;
    const nameEnd = nameAt + bytes.readUInt16LE(at);
    const deployAt = nameEnd + COUNTS_BYTES;
    const issueAt = deployAt + SECOND_BYTES * bytes.readUInt32LE(nameEnd);
    const end = issueAt + SECOND_BYTES * bytes.readUInt32LE(nameEnd + 4);
    const key = bytes.toString('latin1', at + 2, nameEnd);
    const nameOf = () => bytes.toString('utf8', nameAt, nameEnd);
    take(key, bytes.readUInt32LE(at + 2), nameOf, { deployAt, issueAt, end });
    at = end;
  }
}

/** Adds the seconds between two places of a row's bytes to a set. */
export function readSeconds(
  bytes: Buffer,
  from: number,
  to: number,
  set: { add(second: number): void },
): void {
  for (let at = from; at < to; at += SECOND_BYTES) set.add((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8));
}

import { isUtf8 } from 'node:buffer';

import { nameFault } from '../../frontdoor/fields.ts';
import { SECONDS_PER_HOUR } from '../timeline.ts';

/*
 * Reports as bytes: rows, one after another, each the seconds of one hour in which one service was seen. Rows may repeat
 * a service's hour, so batches are put together by putting their bytes one behind the other. Numbers are little-endian.
 * In memory all rows have the newest layout, 2:
 *
 *   uint16 bytes of the name · uint32 hours since 1970 · uint16 seconds seen as `deploy` · uint16 seconds seen as `issue`
 *   · the name in UTF-8 · uint16 each second of the hour, in that order
 *
 * Layout 1, which earlier versions stored, has the counts behind the name, and in four bytes each.
 */

/** What stands ahead of stored rows, one byte. */
export type Layout = 1 | 2;

/** The layout of all rows in memory. */
export const LAYOUT = 2;

/** Most seconds of one state that a row holds; what has more is several rows. */
export const MAX_SECONDS_OF_ROW = 0xffff;

const HEAD_BYTES = 10;
const HOUR_AT = 2;
const DEPLOY_AT = 6;
const ISSUE_AT = 8;
const SECOND_BYTES = 2;
/** Of layout 1: what stands ahead of the name, and behind it. */
const LAYOUT_1 = { headBytes: 6, countsBytes: 8 };
/** Postgres keeps hours as int4. */
const MAX_HOUR = 0x7fffffff;

/** Bytes that are no rows. */
export class MalformedRows extends Error {
  override readonly name = 'MalformedRows';

  constructor(what: string, at: number) {
    super(`no rows of reports: ${what}, at byte ${at}`);
  }
}

/** Rows that were stored. */
export interface StoredRows {
  readonly layout: Layout;
  readonly bytes: Buffer;
}

/** What was stored as the layout's number and the rows. Throws {@link MalformedRows} for a layout that is not known. */
export function storedRows(stored: Buffer): StoredRows {
  const [layout] = stored;
  if (layout !== 1 && layout !== 2) throw new MalformedRows(`they have the unknown layout ${layout}`, 0);
  return { layout, bytes: stored.subarray(1) };
}

/** How many bytes rows take: their names' bytes in all, and their seconds in all. */
export function sizeOfRows(rows: number, nameBytes: number, seconds: number): number {
  return rows * HEAD_BYTES + nameBytes + seconds * SECOND_BYTES;
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

  /**
   * Begins a row, whose seconds must follow: so many seen as `deploy`, then so many seen as `issue`, each at most
   * {@link MAX_SECONDS_OF_ROW}.
   */
  beginRow(serviceName: string, hour: number, deploy: number, issue: number): void {
    const at = this.#at;
    const nameAt = at + HEAD_BYTES;
    const nameEnd = this.#writeName(serviceName, nameAt);
    this.#writeUint16(nameEnd - nameAt, at);
    this.#writeUint16(hour, at + HOUR_AT);
    this.#writeUint16(hour >>> 16, at + HOUR_AT + 2);
    this.#writeUint16(deploy, at + DEPLOY_AT);
    this.#writeUint16(issue, at + ISSUE_AT);
    this.#at = nameEnd;
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

  #writeUint16(value: number, at: number): void {
    this.#bytes[at] = value & 0xff;
    this.#bytes[at + 1] = (value >>> 8) & 0xff;
  }
}

/**
 * Takes a row: its hour, and where in the bytes its parts are. The name is from `nameAt` to `nameEnd`; the seconds seen as
 * `deploy` are from `deployAt` on, those seen as `issue` from `issueAt` to `end`.
 */
export type TakeRow = (
  hour: number,
  nameAt: number,
  nameEnd: number,
  deployAt: number,
  issueAt: number,
  end: number,
) => void;

/**
 * Reads rows; makes nothing of them, as there are hundreds of thousands a second. Throws {@link MalformedRows}; the rows
 * ahead of what is malformed were taken then. The name is checked by who decodes it: {@link nameIn}.
 */
export function readRows(bytes: Buffer, layout: Layout, take: TakeRow): void {
  const headBytes = layout === 1 ? LAYOUT_1.headBytes : HEAD_BYTES;
  const countsBytes = layout === 1 ? LAYOUT_1.countsBytes : 0;
  for (let at = 0; at < bytes.length;) {
    const nameAt = at + headBytes;
    if (nameAt > bytes.length) throw new MalformedRows('the head is cut off', at);
    const nameEnd = nameAt + uint16At(bytes, at);
    const deployAt = nameEnd + countsBytes;
    if (deployAt > bytes.length) throw new MalformedRows('the name is cut off', at);
    const deploy = layout === 1 ? uint32At(bytes, nameEnd) : uint16At(bytes, at + DEPLOY_AT);
    const issue = layout === 1 ? uint32At(bytes, nameEnd + 4) : uint16At(bytes, at + ISSUE_AT);
    const issueAt = deployAt + SECOND_BYTES * deploy;
    const end = issueAt + SECOND_BYTES * issue;
    if (end > bytes.length) throw new MalformedRows('the seconds are cut off', at);
    const hour = uint32At(bytes, at + HOUR_AT);
    if (hour > MAX_HOUR) throw new MalformedRows(`there is no hour ${hour}`, at);
    for (let second = deployAt; second < end; second += SECOND_BYTES) {
      if (uint16At(bytes, second) >= SECONDS_PER_HOUR) throw new MalformedRows('a second is no such', second);
    }
    take(hour, nameAt, nameEnd, deployAt, issueAt, end);
    at = end;
  }
}

/** The name from one place of the bytes to another. Throws {@link MalformedRows} for what can be none. */
export function nameIn(bytes: Buffer, from: number, to: number): string {
  const name = bytes.toString('utf8', from, to);
  if (!isUtf8(bytes.subarray(from, to))) throw new MalformedRows('a name is not valid UTF-8', from);
  const fault = nameFault(name);
  if (fault !== undefined) throw new MalformedRows(`a name ${fault}`, from);
  return name;
}

/** Adds the seconds between two places of a row's bytes to a set. */
export function readSeconds(
  bytes: Buffer,
  from: number,
  to: number,
  set: { add(second: number): void },
): void {
  for (let at = from; at < to; at += SECOND_BYTES) set.add(uint16At(bytes, at));
}

/** The same rows in layout 1, for as long as there may be somebody who knows no other. */
export function toLayout1(rows: Buffer): Buffer {
  let count = 0;
  readRows(rows, LAYOUT, () => count++);
  const more = LAYOUT_1.headBytes + LAYOUT_1.countsBytes - HEAD_BYTES;
  const converted = Buffer.alloc(rows.length + count * more);
  let rowAt = 0;
  let at = 0;
  readRows(rows, LAYOUT, (_hour, _nameAt, _nameEnd, deployAt, _issueAt, end) => {
    at += rows.copy(converted, at, rowAt, rowAt + DEPLOY_AT);
    at += rows.copy(converted, at, rowAt + HEAD_BYTES, deployAt);
    at = converted.writeUInt32LE(uint16At(rows, rowAt + DEPLOY_AT), at);
    at = converted.writeUInt32LE(uint16At(rows, rowAt + ISSUE_AT), at);
    at += rows.copy(converted, at, deployAt, end);
    rowAt = end;
  });
  return converted;
}

function uint16At(bytes: Buffer, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
}

function uint32At(bytes: Buffer, at: number): number {
  return uint16At(bytes, at) + 0x10000 * uint16At(bytes, at + 2);
}

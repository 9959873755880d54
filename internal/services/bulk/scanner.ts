import { isUtf8 } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

import { nameFault } from '../../frontdoor/fields.ts';
import {
  CLOSE_BRACE,
  COLON,
  COMMA,
  MalformedJson,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipMark,
  skipSpace,
  skipString,
  skipValue,
} from '../../parsing/json-scanner.ts';
import { shardOf } from '../../shards/queue.ts';
import type { BulkReports, GatheredReports } from './bulk-reports.ts';

/** How to scan a body: as the careful reader would, whose clock is in unix seconds. */
export interface ScanOptions {
  readonly format: 'array' | 'ndjson';
  readonly shards: number;
  readonly batchSize: number;
  readonly nowSeconds: number;
  readonly maxFutureSeconds: number;
  readonly maxEvents: number;
}

/** What a body holds in which nothing but reports is. */
export interface ScannedReports {
  readonly reports: BulkReports;
  readonly items: number;
}

/** What there is of WebAssembly in Node.js that is used here; TypeScript's declarations come with those of browsers only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => KernelModule;
  readonly Instance: new (module: KernelModule, imports: object) => { readonly exports: unknown };
};

/** The compiled kernel. */
export type KernelModule = object;

/** What kernel/kernel.ts exports; positions and lengths are in bytes of its memory. */
interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer };
  start(seed: bigint): void;
  makeRoom(bytes: number): number;
  shapeAt(): number;
  setShape(...numbers: [number, number, number, number, number, number, number, number]): void;
  isNearlyFull(): number;
  scan(length: number, isArray: number, latest: number, maxItems: number, mostOfPart: number): number;
  parts(): number;
}

const GAP_ROOM = 4096 + 8;
const MAX_GAP_BYTES = 4096;
const UNALIKE = -1;
/** Numbers of a part in the kernel's memory, four bytes each. */
const PART = { shard: 1, reports: 2, rows: 3, bytes: 4, at: 5, next: 8 };
const MAX_SHARDS = 256;
const MAX_UINT32 = 0xffffffff;
/** A kernel whose memory a body made larger than at first by more than this is not kept: memory never shrinks. */
export const KEPT_BYTES = 16 * 2 ** 20;

/**
 * Reads bodies whose items are reports and alike, a tenth of the work of reading them with care, and leaves all others
 * alone. What it remembers of earlier bodies are names, up to a bound.
 */
export class ReportScanner {
  readonly #module: KernelModule;
  readonly #seed: () => bigint;
  #kernel: Kernel | undefined;
  #shards = 0;
  #firstBytes = 0;

  /** `seed` says how names are spread in the table of names; for tests. */
  constructor(module: KernelModule, seed = () => randomBytes(8).readBigUInt64LE()) {
    this.#module = module;
    this.#seed = seed;
  }

  /** Bytes of the memory that it keeps. */
  get keptBytes(): number {
    return this.#kernel?.memory.buffer.byteLength ?? 0;
  }

  /** Returns undefined for a body that the careful reader has to look at; this one never says what is wrong. */
  scan(body: Buffer, options: ScanOptions): ScannedReports | undefined {
    const shape = options.shards <= MAX_SHARDS ? learnShape(body, options.format) : undefined;
    if (shape === undefined || shape.gaps.some(({ length }) => length > MAX_GAP_BYTES)) return undefined;
    const kernel = this.#kernelFor(options.shards);
    const items = scanWith(kernel, body, shape, options);
    const found = items < 0 ? undefined : { reports: reportsOf(kernel, options.shards), items };
    const grownBy = kernel.memory.buffer.byteLength - this.#firstBytes;
    if ((items < 0 && items !== UNALIKE) || grownBy > KEPT_BYTES || kernel.isNearlyFull() !== 0) {
      this.#kernel = undefined;
    }
    return found;
  }

  #kernelFor(shards: number): Kernel {
    if (this.#kernel !== undefined && this.#shards === shards) return this.#kernel;
    const shardOfName = (at: number, length: number): number => {
      const bytes = Buffer.from(kernel.memory.buffer, at, length);
      const name = bytes.toString();
      return isUtf8(bytes) && nameFault(name) === undefined ? shardOf(name, shards) : -1;
    };
    // What the kernel's source exports.
    const kernel = new WebAssembly.Instance(this.#module, { kernel: { shardOfName } }).exports as Kernel;
    kernel.start(this.#seed());
    this.#kernel = kernel;
    this.#shards = shards;
    this.#firstBytes = kernel.memory.buffer.byteLength;
    return kernel;
  }
}

/** The kernel as the build left it; undefined where only TypeScript was compiled, and the careful reader has to do. */
export function compiledKernel(): KernelModule | undefined {
  const file = new URL('kernel/kernel.wasm', import.meta.url);
  return existsSync(file) ? new WebAssembly.Module(readFileSync(file)) : undefined;
}

/** How many items the body has, or a negative number if it is not to be had in this way. */
function scanWith(kernel: Kernel, body: Buffer, shape: Shape, options: ScanOptions): number {
  const bodyAt = kernel.makeRoom(body.length);
  if (bodyAt === 0) return UNALIKE - 1;
  const memory = new Uint8Array(kernel.memory.buffer);
  const shapeAt = kernel.shapeAt();
  for (const [index, gap] of shape.gaps.entries()) memory.set(gap, shapeAt + index * GAP_ROOM);
  const [a = 0, b = 0, c = 0] = shape.kinds;
  const [first, second, third, between] = shape.gaps.map(({ length }) => length);
  kernel.setShape(a, b, c, first ?? 0, second ?? 0, third ?? 0, between ?? 0, shape.endingBytes);
  memory.set(body, bodyAt);
  const { format, nowSeconds, maxFutureSeconds, maxEvents, batchSize } = options;
  const latest = Math.min(MAX_UINT32, Math.floor(nowSeconds + maxFutureSeconds));
  return kernel.scan(
    body.length,
    format === 'array' ? 1 : 0,
    latest,
    Math.min(MAX_UINT32, maxEvents),
    Math.min(MAX_UINT32, batchSize),
  );
}

/** The parts of the last scan, whose rows are copied out at once. */
function reportsOf(kernel: Kernel, shards: number): BulkReports {
  const reports = Array.from({ length: shards }, (): GatheredReports[] => []);
  const numbers = new Uint32Array(kernel.memory.buffer);
  const from = numbers[kernel.parts() / 4 + PART.at] ?? 0;
  let to = from;
  for (let part = kernel.parts() / 4; part !== 0; part = (numbers[part + PART.next] ?? 0) / 4) {
    to = (numbers[part + PART.at] ?? 0) + (numbers[part + PART.bytes] ?? 0);
  }
  // One buffer for all.
  const rows = kernel.memory.buffer.slice(from, to);
  for (let part = kernel.parts() / 4; part !== 0; part = (numbers[part + PART.next] ?? 0) / 4) {
    reports[numbers[part + PART.shard] ?? 0]?.push({
      reports: numbers[part + PART.reports] ?? 0,
      rows: numbers[part + PART.rows] ?? 0,
      bytes: new Uint8Array(rows, (numbers[part + PART.at] ?? 0) - from, numbers[part + PART.bytes] ?? 0),
    });
  }
  return reports;
}

/** What the kernel calls the values of an item. */
const KINDS: Readonly<Record<string, number>> = { service_name: 0, state: 1, timestamp: 2 };
/** An item that is longer until it ends is no report as agents write them. */
const MAX_ITEM_BYTES = 4096;
const DEPTH_OF_FIELDS = 2;
const LINE_FEED = 0x0a;

/** What the items of a body have in common if they are reports and alike: all but three values. */
interface Shape {
  /** The kinds of the values, in their order. */
  readonly kinds: readonly number[];
  /** The bytes ahead of each value, and those between the last value of an item and the first of the next. */
  readonly gaps: readonly Buffer[];
  /** How many bytes of the last gap belong to the item that ends. */
  readonly endingBytes: number;
}

/** Where a value lies in its item: [from, to); of a string without its quotes. */
interface Value {
  readonly kind: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Learns the shape of a body from its first item, which is checked in full but for the three values; or undefined if it is
 * no report, or more than that, or more than a scanner should see to.
 */
function learnShape(body: Buffer, format: ScanOptions['format']): Shape | undefined {
  let from = skipSpace(body, 0);
  if (format === 'array') {
    if (body[from] !== OPEN_BRACKET) return undefined;
    from = skipSpace(body, from + 1);
  }
  const item = readItem(body.subarray(from, from + MAX_ITEM_BYTES));
  if (item === undefined) return undefined;
  const { text, values } = item;
  const [first, second, third] = values;
  if (first === undefined || second === undefined || third === undefined) return undefined;
  // A line break within an item would be one in a line.
  if (!isUtf8(text) || (format === 'ndjson' && text.includes(LINE_FEED))) return undefined;
  const head = text.subarray(0, first.from);
  const ending = text.subarray(third.to);
  return {
    kinds: values.map(({ kind }) => kind),
    gaps: [
      head,
      text.subarray(first.to, second.from),
      text.subarray(second.to, third.from),
      Buffer.concat([ending, separatorAt(body, from + text.length, format), head]),
    ],
    endingBytes: ending.length,
  };
}

/** The object that the bytes begin with, and its three values; undefined if it does not end there, or has what they have not. */
function readItem(bytes: Buffer): { text: Buffer; values: Value[] } | undefined {
  const values: Value[] = [];
  try {
    let at = skipMark(bytes, 0, OPEN_BRACE);
    for (;;) {
      at = skipSpace(bytes, at);
      const keyEnd = skipString(bytes, at);
      const key = bytes.toString('latin1', at + 1, keyEnd - 1);
      const from = skipSpace(bytes, skipMark(bytes, keyEnd, COLON));
      const to = skipValue(bytes, from, DEPTH_OF_FIELDS);
      if (!addValue(values, key, bytes[from] === QUOTE, from, to)) return undefined;
      at = skipSpace(bytes, to);
      if (bytes[at] === CLOSE_BRACE) return { text: bytes.subarray(0, at + 1), values };
      at = skipMark(bytes, at, COMMA);
    }
  } catch (error) {
    if (error instanceof MalformedJson) return undefined;
    throw error;
  }
}

/** Adds the value from one position to another, if it is one of the three. Returns whether a scanner can go on. */
function addValue(values: Value[], key: string, isText: boolean, from: number, to: number): boolean {
  // A key may be written in other ways, too.
  if (key === 'data' || key.includes('\\')) return false;
  const kind = Object.hasOwn(KINDS, key) ? KINDS[key] : undefined;
  if (kind === undefined) return true;
  if (isText === (key === 'timestamp') || values.some((value) => value.kind === kind)) return false;
  values.push(isText ? { kind, from: from + 1, to: to - 1 } : { kind, from, to });
  return true;
}

/** What stands between the item that ends at `end` and the next one; if there is none, what would usually. */
function separatorAt(body: Buffer, end: number, format: ScanOptions['format']): Buffer {
  let at = skipSpace(body, end);
  if (format === 'array' && body[at] === COMMA) at = skipSpace(body, at + 1);
  const separator = body.subarray(end, at);
  const mark = format === 'array' ? COMMA : LINE_FEED;
  return separator.length < MAX_ITEM_BYTES && separator.includes(mark) ? separator : Buffer.from([mark]);
}

import { isUtf8 } from 'node:buffer';
import { randomBytes } from 'node:crypto';

import { nameFault } from '../../frontdoor/fields.ts';
import { learnShape, type Shape } from '../../parsing/json-scanner.ts';
import { compile, GAP_ROOM, Instance, type KernelModule, UNALIKE } from '../../parsing/wasm.ts';
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

/** What the kernel calls the values of an item. An item with data is more than a report. */
const FIELDS = {
  service_name: { kind: 0, type: 'text' },
  state: { kind: 1, type: 'text' },
  timestamp: { kind: 2, type: 'number' },
  data: 'other',
} as const;
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
    const shape = options.shards <= MAX_SHARDS ? learnShape(body, options.format, FIELDS) : undefined;
    if (shape === undefined) return undefined;
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
    const kernel = new Instance(this.#module, { kernel: { shardOfName } }).exports as Kernel;
    kernel.start(this.#seed());
    this.#kernel = kernel;
    this.#shards = shards;
    this.#firstBytes = kernel.memory.buffer.byteLength;
    return kernel;
  }
}

/** The kernel as the build left it, if it did. */
export function compiledKernel(): KernelModule | undefined {
  return compile(new URL('kernel/kernel.wasm', import.meta.url));
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

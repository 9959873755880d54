import { isUtf8 } from 'node:buffer';

import { learnShape, type Shape } from '../parsing/json-scanner.ts';
import { compile, GAP_ROOM, Instance, type KernelModule, UNALIKE } from '../parsing/wasm.ts';
import type { ParseOptions } from './parse.ts';

/** What kernel/kernel.ts exports; positions and lengths are in bytes of its memory. */
interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer };
  makeRoom(bytes: number): number;
  shapeAt(): number;
  setShape(isDataFirst: number, first: number, second: number, between: number, ending: number): void;
  scan(length: number, isArray: number, before: number, maxItems: number): number;
  rowsAt(): number;
  rowsBytes(): number;
}

/** What a body holds in which nothing but payload events is. */
export interface ScannedEvents {
  readonly items: number;
  /** In the format of {@link EventPart.rows}; only until the next scan. */
  readonly rows: Buffer;
}

const DATA = 1;
const FIELDS = {
  timestamp: { kind: 0, type: 'number' },
  data: { kind: DATA, type: 'any' },
  service_name: 'other',
  state: 'other',
} as const;
const MICROS = 1e6;
const MAX_UINT32 = 0xffffffff;
/** A kernel's memory never shrinks, and is more than twice as large as the largest body. */
const MOST_BYTES = 4 * 2 ** 20;

/**
 * Reads bodies whose items are payload events and alike, a fifth of the work of reading them with care, and leaves all
 * others alone.
 */
export class EventScanner {
  readonly #module: KernelModule;
  #kernel: Kernel | undefined;

  constructor(module: KernelModule) {
    this.#module = module;
  }

  /** Returns undefined for a body that the careful reader has to look at; this one never says what is wrong. */
  scan(body: Buffer, options: ParseOptions): ScannedEvents | undefined {
    const shape = body.length <= MOST_BYTES ? learnShape(body, options.format, FIELDS) : undefined;
    if (shape === undefined) return undefined;
    // What the kernel's source exports.
    const kernel = (this.#kernel ??= new Instance(this.#module, {}).exports as Kernel);
    const items = scanWith(kernel, body, shape, options);
    if (items === UNALIKE || !isUtf8(body)) return undefined;
    return { items, rows: Buffer.from(kernel.memory.buffer, kernel.rowsAt(), kernel.rowsBytes()) };
  }
}

/** The kernel as the build left it, if it did. */
export function compiledKernel(): KernelModule | undefined {
  return compile(new URL('kernel/kernel.wasm', import.meta.url));
}

/** How many items the body has, or {@link UNALIKE} if it is not to be had in this way. */
function scanWith(kernel: Kernel, body: Buffer, shape: Shape, options: ParseOptions): number {
  const bodyAt = kernel.makeRoom(body.length);
  if (bodyAt === 0) return UNALIKE;
  const memory = new Uint8Array(kernel.memory.buffer);
  const shapeAt = kernel.shapeAt();
  for (const [index, gap] of shape.gaps.entries()) memory.set(gap, shapeAt + index * GAP_ROOM);
  const [first = 0, second = 0, between = 0] = shape.gaps.map(({ length }) => length);
  kernel.setShape(shape.kinds[0] === DATA ? 1 : 0, first, second, between, shape.endingBytes);
  memory.set(body, bodyAt);
  const { format, nowSeconds, maxFutureSeconds, maxEvents } = options;
  // Whole seconds, so that no timestamp is before them by rounding alone.
  const before = Math.floor(nowSeconds + maxFutureSeconds) * MICROS;
  return kernel.scan(body.length, format === 'array' ? 1 : 0, before, Math.min(MAX_UINT32, maxEvents));
}

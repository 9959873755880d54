import { existsSync, readFileSync } from 'node:fs';

import { MAX_GAP_BYTES } from './json-scanner.ts';

/** A compiled kernel. */
export type KernelModule = object;

/** What there is of WebAssembly in Node.js that is used here; TypeScript's declarations come with those of browsers only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => KernelModule;
  readonly Instance: new (module: KernelModule, imports: object) => { readonly exports: unknown };
};

/** Makes a kernel with a memory of its own. */
export const { Instance } = WebAssembly;

/** What a kernel answers for a body whose items are not alike. */
export const UNALIKE = -1;
/** Room for a gap of a shape in a kernel's memory, and for the word that is read beyond it. */
export const GAP_ROOM = MAX_GAP_BYTES + 8;

/** A kernel as the build left it; undefined where only TypeScript was compiled, and the careful reader has to do. */
export function compile(file: URL): KernelModule | undefined {
  return existsSync(file) ? new WebAssembly.Module(readFileSync(file)) : undefined;
}

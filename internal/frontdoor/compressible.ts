import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

import type { Context } from 'koa';

const compress = {
  br: (bytes: Buffer) =>
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: (bytes: Buffer) => promisify(gzip)(bytes, { level: 9 }),
};
export type Encoding = keyof typeof compress;

/** Text that does not change: compressed for the first who takes that, beside the event loop, and kept for all others. */
export class Compressible {
  readonly bytes: Buffer;
  readonly #compressed = new Map<Encoding, Promise<Buffer>>();

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  in(encoding: Encoding): Promise<Buffer> {
    let compressed = this.#compressed.get(encoding);
    if (compressed === undefined) {
      compressed = compress[encoding](this.bytes);
      this.#compressed.set(encoding, compressed);
    }
    return compressed;
  }

  /** The bytes as the caller takes them, which the answer's headers say then; undefined if it takes none compressed. */
  async compressedFor(context: Context): Promise<Buffer | undefined> {
    context.vary('Accept-Encoding');
    const encoding = context.acceptsEncodings('br', 'gzip', 'identity');
    if (encoding !== 'br' && encoding !== 'gzip') return undefined;
    context.set('content-encoding', encoding);
    return this.in(encoding);
  }
}

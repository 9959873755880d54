import type { IncomingMessage } from 'node:http';

import { UnavailableError } from '../shards/unavailable.ts';
import { readBody, type Body } from './body.ts';

/** In bytes. */
export interface BodyLimits {
  /** Of one body, decompressed. */
  readonly maxBodyBytes: number;
  /** Of all bodies that are being served at once, compressed ones and what they expand to. */
  readonly maxBytesInProgress: number;
}

// Queues count events, but events can be large: what is held of bodies is bounded by itself. Three bodies of the
// largest size, compressed or not, always fit.
const MIN_BYTES_IN_PROGRESS = 134_217_728;
const BODIES_IN_PROGRESS = 3;

/** How many bytes of bodies are served at once where no body may have more than `maxBodyBytes`. */
export function limitsFor(maxBodyBytes: number): BodyLimits {
  return {
    maxBodyBytes,
    maxBytesInProgress: Math.max(MIN_BYTES_IN_PROGRESS, 2 * BODIES_IN_PROGRESS * maxBodyBytes),
  };
}

/**
 * Reads the bodies of all requests. A request's bytes count from when they arrive until it is served, and one that
 * would take more than there may be at once is refused with an {@link UnavailableError}.
 */
export class Bodies {
  readonly #limits: BodyLimits;
  #bytesInProgress = 0;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
  }

  /** Bytes held at the moment. */
  get bytesInProgress(): number {
    return this.#bytesInProgress;
  }

  /** Reads a body, lets `serve` do with it what the request wants, and settles as that does. */
  async read<T>(request: IncomingMessage, serve: (body: Body) => Promise<T>): Promise<T> {
    let held = 0;
    const hold = (bytes: number) => {
      if (this.#bytesInProgress + bytes > this.#limits.maxBytesInProgress) {
        throw new UnavailableError('queue-full', 'Too many bytes are being stored at once.');
      }
      held += bytes;
      this.#bytesInProgress += bytes;
    };
    try {
      return await serve(await readBody(request, this.#limits.maxBodyBytes, hold));
    } finally {
      this.#bytesInProgress -= held;
    }
  }
}

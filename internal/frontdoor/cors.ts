import type { IncomingMessage, ServerResponse } from 'node:http';

/** Any origin: its pages may read, and not write. */
const ANY = '*';
const METHODS = 'GET, HEAD, POST, PUT, DELETE, OPTIONS';
const HEADERS = 'Authorization, Content-Type, Content-Encoding, Idempotency-Key, X-API-Key';
const EXPOSED = 'Retry-After, X-Request-Id, Link';
const KEPT_SECONDS = '600';

/**
 * Pages of which other origins may use the service through their visitors' browsers: the CORS protocol of the Fetch
 * standard. Without credentials: sessions stay with the service's own page, and who needs a token sends it.
 */
export class Cors {
  readonly #origins: ReadonlySet<string>;

  /** `origins` are as browsers send them, or `*`. */
  constructor(origins: readonly string[]) {
    this.#origins = new Set(origins);
  }

  /** Whether pages of that origin may do all that the service's own may. */
  mayWrite(origin: string): boolean {
    return origin !== ANY && this.#origins.has(origin);
  }

  /** Says who may see the answer. Answers the request itself, and returns true, if it only asks whether it may be sent. */
  answer(
    { method, headers }: Pick<IncomingMessage, 'method' | 'headers'>,
    response: ServerResponse,
  ): boolean {
    const { origin = '' } = headers;
    const isListed = this.mayWrite(origin);
    response.setHeader('vary', 'Origin');
    if (!isListed && !this.#origins.has(ANY)) return false;
    response.setHeader('access-control-allow-origin', isListed ? origin : ANY);
    response.setHeader('access-control-expose-headers', EXPOSED);
    if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return false;
    response.writeHead(204, {
      'access-control-allow-methods': isListed ? METHODS : 'GET, HEAD, OPTIONS',
      'access-control-allow-headers': HEADERS,
      'access-control-max-age': KEPT_SECONDS,
    });
    response.end();
    return true;
  }
}

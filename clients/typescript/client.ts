import createClient, { type Client } from 'openapi-fetch';

import type { components, paths } from './api.ts';
import { send, usualRetries, type Retries } from './retries.ts';

export type { paths };
/** The schemas that have a name in the OpenAPI document. */
export type Schemas = components['schemas'];
export type { Retries };

export interface ClientOptions {
  /** Where the service is, with its BASE_PATH: `https://example.org/minikom`. */
  readonly url: string;
  /** One of READ_TOKENS or WRITE_TOKENS, where the service asks for one. */
  readonly token?: string;
  /** Ends all requests of this client, those that wait for their next try as well. */
  readonly signal?: AbortSignal;
  /** Those that are missing are as usual. */
  readonly retries?: Partial<Retries>;
}

/**
 * A client whose `GET`, `POST`, `PUT` and `DELETE` take the paths of the OpenAPI document and resolve with `{ data }` or
 * `{ error }`, typed by it, and the `response`; they reject if there was no answer. 429, 5xx and failures of the network are
 * tried again where repeating is harmless, as {@link Retries} bounds it; other answers never. A `POST /events` without
 * an `Idempotency-Key` gets one, the same for all its tries, so that it is stored once.
 */
export function connect({ url, token, signal, retries = {} }: ClientOptions): Client<paths> {
  const all = { ...usualRetries, ...retries };
  return createClient<paths>({
    baseUrl: url,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    fetch: (request) => {
      if (request.method === 'POST' && new URL(request.url).pathname.endsWith('/events')) {
        const key = request.headers.get('idempotency-key') ?? crypto.randomUUID();
        request.headers.set('idempotency-key', key);
      }
      return send(request, signal ? AbortSignal.any([signal, request.signal]) : request.signal, all);
    },
  });
}

import * as http from 'node:http';
import * as https from 'node:https';

/** How a probe ended, and after how many milliseconds. */
export type Probed = ProbeEnd & { readonly latencyMs: number };

/** So much of a body is read; what is longer has said enough, as its status is what counts. */
export const MAX_BODY_BYTES = 65_536;

const headers = { 'user-agent': 'Minikom health check', accept: '*/*' };

/**
 * Asks for a URL once, over a connection of its own, and follows no redirect. The response counts when its body has ended
 * or {@link MAX_BODY_BYTES} of it have come; one that breaks off or takes longer than `timeoutMs` is an error. Resolves to
 * undefined if it was stopped; never rejects.
 */
export function probe(url: string, timeoutMs: number, stop: AbortSignal): Promise<Probed | undefined> {
  return new Promise((resolve) => {
    const startedAtMs = performance.now();
    // The first end counts; what follows it are consequences of `destroy`.
    const settle = (end: ProbeEnd | undefined) => {
      clearTimeout(timer);
      stop.removeEventListener('abort', onStop);
      resolve(end && { ...end, latencyMs: performance.now() - startedAtMs });
      request.destroy();
    };
    const onStop = () => settle(undefined);
    const { request: open } = url.startsWith('https:') ? https : http;
    const request = open(url, { agent: false, headers });
    // After a stall of our own, what has come meanwhile is read in this turn of the loop, and counts.
    const timer = setTimeout(() => setImmediate(() => settle({ error: new ProbeTimeoutError() })), timeoutMs);
    stop.addEventListener('abort', onStop);
    if (stop.aborted) onStop();
    request.on('error', (error) => settle({ error }));
    request.on('upgrade', (response, socket) => {
      settle({ code: response.statusCode ?? 0 });
      socket.destroy();
    });
    request.on('response', (response) => {
      const code = response.statusCode ?? 0;
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes >= MAX_BODY_BYTES) settle({ code });
      });
      response.on('end', () => settle({ code }));
      response.on('error', (error) => settle({ error }));
    });
    request.end();
  });
}

/** How a probe ended: with a status code, or with what kept it from one. */
type ProbeEnd = { readonly code: number } | { readonly error: unknown };

/** The time of a probe was over before its response was whole. */
class ProbeTimeoutError extends Error {
  override readonly name = 'ProbeTimeoutError';
}

/** The outcome of a probe as text: its status code, or the kind of failure; `failed` for what fits none. */
export function outcomeOf(end: ProbeEnd): string {
  if ('code' in end) return String(end.code);
  if (end.error instanceof ProbeTimeoutError) return 'timeout';
  return kindOf(codeOf(end.error));
}

const kinds: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset', // also what Node calls "socket hang up": the connection ended before the response did
  EPIPE: 'reset',
  ECONNABORTED: 'reset',
  ETIMEDOUT: 'timeout', // the system's own, which may be shorter than ours
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ENOTFOUND: 'dns',
  ENODATA: 'dns',
  EPROTO: 'tls',
  HOSTNAME_MISMATCH: 'tls',
  CRL_HAS_EXPIRED: 'tls',
  CRL_NOT_YET_VALID: 'tls',
  CRL_SIGNATURE_FAILURE: 'tls',
  INVALID_CA: 'tls',
  INVALID_PURPOSE: 'tls',
  PATH_LENGTH_EXCEEDED: 'tls',
};

/** Families of codes; those of certificates are OpenSSL's X509_V_ERR_… without their beginning. */
const families: readonly (readonly [RegExp, string])[] = [
  [/^EAI_/, 'dns'],
  [/^HPE_/, 'malformed'],
  [/^ERR_(SSL|TLS|OSSL)_/, 'tls'],
  [/CERT|ISSUER|LEAF_SIGNATURE/, 'tls'],
];

function kindOf(code: string): string {
  if (Object.hasOwn(kinds, code)) return kinds[code] ?? 'failed';
  return families.find(([pattern]) => pattern.test(code))?.[1] ?? 'failed';
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

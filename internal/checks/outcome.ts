/** How a probe ended: with a status code, or with what kept it from one. */
export type ProbeEnd = { readonly code: number } | { readonly error: unknown };

/** The time of a probe was over before its response was whole. */
export class ProbeTimeoutError extends Error {
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

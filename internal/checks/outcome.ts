import { AskTimeoutError, type AskEnd } from '../outgoing/ask.ts';
import type { CheckTarget } from './targets.ts';

/** The outcome of a probe as text: its status code, or the kind of failure; `failed` for what fits none. */
export function outcomeOf(end: AskEnd): string {
  if ('code' in end) return String(end.code);
  if (end.error instanceof AskTimeoutError) return 'timeout';
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

/** What is said of each kind of failure, before what Node says of it. */
const sentences: Readonly<Record<string, string>> = {
  timeout: 'No whole response in time',
  refused: 'Nobody listens there',
  reset: 'The connection ended before the response did',
  dns: 'The name has no address, or nobody could tell',
  tls: 'The certificate is not trusted, or there is no TLS',
  malformed: 'What came is no HTTP',
  unreachable: 'There is no way to the address',
};

const MAX_DETAIL = 300;

/** Why a target did not answer as it is expected to, in words; null if it did. */
export function errorOf(end: AskEnd, target: CheckTarget): string | null {
  if ('error' in end) {
    const { error } = end;
    const sentence = sentences[outcomeOf(end)] ?? 'It could not be asked';
    if (error instanceof AskTimeoutError) return `${sentence}: ${target.timeoutMs / 1000} s.`;
    return `${sentence}${detailOf(error)}.`;
  }
  const { code, body } = end;
  if (!target.status.some(({ from, to }) => code >= from && code <= to))
    return `The status is ${code}, not ${statusText(target)}.`;
  if (target.bodyContains !== undefined && !body.includes(target.bodyContains))
    return `The body does not contain “${target.bodyContains.slice(0, MAX_DETAIL)}”.`;
  return null;
}

/** The statuses that are expected of a target, as they are written. */
export function statusText({ status }: Pick<CheckTarget, 'status'>): string {
  return status.map(({ from, to }) => (from === to ? String(from) : `${from}–${to}`)).join(', ');
}

// An error of OpenSSL as Node tells it: its number, library, function and reason, and a place in the source.
const OPENSSL = /^.*\berror:[\dA-F]+:[^:]*:[^:]*:([^:]+):.*$/s;

/** What the system or OpenSSL says, in words; of a name with several addresses, of the first. */
function detailOf(error: unknown): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  if (!(first instanceof Error) || first.message === '') return '';
  return `: ${first.message
    .replace(OPENSSL, '$1')
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, MAX_DETAIL)}`;
}

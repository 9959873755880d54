import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import { Problem } from './problem.ts';

/** Who may do what; an empty list leaves that side open. */
export interface Tokens {
  readonly write: readonly string[];
  readonly read: readonly string[];
}

/** What a guard looks at. */
export type Guarded = Pick<IncomingMessage, 'method' | 'url' | 'headers'>;

const readMethods = new Set(['GET', 'HEAD', 'OPTIONS']);
/**
 * Returns the check that each request passes first; what is in `openPaths` needs no token. It throws a {@link Problem}:
 * 401 or 403.
 */
export function createGuard(
  tokens: Tokens,
  openPaths: ReadonlySet<string> = new Set(),
): (request: Guarded) => void {
  const mayRead = createTokenCheck(tokens.read);
  const mayWrite = createTokenCheck(tokens.write);
  return (request) => {
    const reads = readMethods.has(request.method ?? 'GET');
    if (!reads) refuseOtherOrigins(request);
    const may = reads ? mayRead : mayWrite;
    if (may === undefined || openPaths.has(pathOf(request))) return;
    if (!may(request.headers.authorization ?? '')) {
      throw new Problem(
        401,
        'unauthorized',
        `Send a ${reads ? 'read' : 'write'} token as "Authorization: Bearer …".`,
        {
          headers: { 'www-authenticate': 'Bearer realm="minikom"' },
        },
      );
    }
  };
}

function pathOf(request: Guarded): string {
  return request.url?.split('?', 1)[0] ?? '';
}

/** A page of another origin may not write through its visitor's browser. Agents send neither header. */
export function refuseOtherOrigins(request: Guarded): void {
  const { origin, host, 'sec-fetch-site': site } = request.headers;
  const sameOrigin = site === undefined || site === 'same-origin' || site === 'none';
  const sameHost =
    origin === undefined || (URL.canParse(origin) && new URL(origin).host === host?.toLowerCase());
  if (!sameOrigin || !sameHost) {
    throw new Problem(403, 'cross-origin', 'A page of another origin may not do this.');
  }
}

function createTokenCheck(tokens: readonly string[]): ((authorization: string) => boolean) | undefined {
  if (tokens.length === 0) return undefined;
  const digests = tokens.map(digest);
  return (authorization) => {
    const given = digest(/^Bearer +(.+)$/i.exec(authorization)?.[1] ?? '');
    // All are compared, in constant time, so that timing tells nothing about any of them.
    return digests.map((known) => timingSafeEqual(known, given)).includes(true);
  };
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

import { digestOf } from '../config/tokens.ts';

// A screen on a wall should not ask each week. Whoever takes the token out of the settings ends its sessions.
const LASTS_SECONDS = 30 * 86_400;
const IN_COOKIES = /(?:^|;\s*)minikom_session=([\da-z]{1,12}\.[\w-]+)/;

/**
 * What a browser is given in place of a token, whose digest this is: until when it is good, sealed with what the service
 * knows of the token. So every replica that takes the token takes the session, nothing is stored, and neither the token
 * nor its digest is in it.
 */
export function newSession(digest: Buffer, nowSeconds: number): string {
  return sealed(digest, (Math.floor(nowSeconds) + LASTS_SECONDS).toString(36));
}

/** Whether a request carries a session of one of these tokens that is not over. */
export function hasSession(
  digests: readonly Buffer[],
  { cookie = '' }: IncomingHttpHeaders,
  nowSeconds: number,
): boolean {
  const given = IN_COOKIES.exec(cookie)?.[1];
  if (given === undefined) return false;
  const [until = ''] = given.split('.', 1);
  // Of the seals each is compared in constant time, as tokens are.
  const isGood = digests.map((digest) => isSame(sealed(digest, until), given)).includes(true);
  return isGood && nowSeconds < parseInt(until, 36);
}

/** The cookie that has a browser keep a session, which no script of a page reads and no other page sends; none ends it. */
export function sessionCookie(session: string | undefined, isSecure: boolean, path: string): string {
  const value = session ?? '';
  const seconds = session === undefined ? 0 : LASTS_SECONDS;
  const secure = isSecure ? '; Secure' : '';
  return `minikom_session=${value}; Path=${path}; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`;
}

function sealed(digest: Buffer, until: string): string {
  const seal = createHmac('sha256', digest).update(`minikom session until ${until}`).digest('base64url');
  return `${until}.${seal}`;
}

function isSame(one: string, other: string): boolean {
  return timingSafeEqual(digestOf(one), digestOf(other));
}

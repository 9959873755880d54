import pg from 'pg';

import { ClusterError } from './cluster.ts';
import { clientOptions } from './connection.ts';
import { NodeUnreachableError } from './durability.ts';
import { SharedSessionsError } from './pooler.ts';

/** PostgreSQL has fewer connections left than a replica may need. */
export class NoRoomError extends Error {
  override readonly name = 'NoRoomError';
}

/**
 * Why the database of this URL cannot be used, in one sentence for the person who can mend it; undefined if all that is
 * known is in the error. It never holds the password.
 */
export function reasonOf(error: unknown, url: string): string | undefined {
  const isSaid = [SharedSessionsError, NoRoomError, ClusterError, NodeUnreachableError].some(
    (kind) => error instanceof kind,
  );
  if (isSaid && error instanceof Error) return error.message;
  if (!(error instanceof Error)) return undefined;
  const { host = '', port = 5432, user = '', database = user } = clientOptions(url);
  const where = host.startsWith('/') ? `${host}/.s.PGSQL.${port}` : `${host || 'localhost'}:${port}`;
  const asked = { user: JSON.stringify(user), database: JSON.stringify(database) };
  if (error instanceof pg.DatabaseError) return refusal(error, asked);
  // The migrations' own error holds only the text of the one that it met.
  const denied = /permission denied for .*/.exec(error.message)?.[0];
  if (denied !== undefined) return denial(denied, asked);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (isUntrusted(code)) {
    return `The certificate of PostgreSQL at ${where} is not trusted (${code}): name its CA with sslrootcert, or set sslmode=require to trust any.`;
  }
  switch (code) {
    case 'ECONNREFUSED':
    case 'ENOENT':
      return `Nobody listens at ${where}: PostgreSQL does not run there.`;
    case 'EACCES':
      return `The socket ${where} may not be used by this user.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The name ${host} is not known here (${code}).`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `The certificate of PostgreSQL at ${where} is for another name: set sslmode=verify-ca to want only its CA.`;
  }
  if (error.message.includes('does not support SSL')) {
    return `PostgreSQL at ${where} offers no TLS: switch it on there, or set sslmode=disable.`;
  }
  if (/timeout/i.test(error.message)) return `PostgreSQL at ${where} does not answer in time.`;
  if (error.message.includes('password must be a')) {
    return `PostgreSQL asks for a password of user ${JSON.stringify(user)}, and there is none in the URL.`;
  }
  return undefined;
}

/** X509 errors as OpenSSL names them, but the one of a wrong name. */
function isUntrusted(code: string): boolean {
  return /^(?!ERR_TLS).*(CERT|SIGNATURE|CRL|_CA\b)/.test(code);
}

/** User and database that were asked for, in quotes. */
interface Asked {
  readonly user: string;
  readonly database: string;
}

function denial(message: string, { user, database }: Asked): string {
  return `User ${user} may not do what is needed in database ${database} (${message}): make it the owner of the database.`;
}

function refusal({ code, message }: pg.DatabaseError, asked: Asked): string | undefined {
  const { user, database } = asked;
  switch (code) {
    case '28P01':
      return `PostgreSQL refuses the password of user ${user}.`;
    case '28000':
      return message.includes('no encryption')
        ? `PostgreSQL does not let user ${user} in without TLS: set sslmode=require (${message}).`
        : `PostgreSQL does not let user ${user} in: ${message}.`;
    case '3D000':
      return `There is no database ${database}: create it.`;
    case '42501':
      return denial(message, asked);
    case '53300':
      return `PostgreSQL has no connection left: ${message}.`;
    case '25006':
      return `Database ${database} is read-only, as a standby is: name the primary.`;
    case '57P03':
      return `PostgreSQL does not take connections yet: ${message}.`;
    case '08P01':
      return `PostgreSQL, or a pooler ahead of it, refuses the connection: ${message}.`;
    default:
      return undefined;
  }
}

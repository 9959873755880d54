import pg from 'pg';

import { DeadlineError } from './deadline.ts';
import { UncertainCommitError } from './transaction.ts';

/** SQLSTATEs after which the very same statement may succeed (PostgreSQL manual, appendix A). */
const transientStates: Readonly<Record<string, string>> = {
  '40001': 'serialization_failure',
  '40P01': 'deadlock_detected',
  '55P03': 'lock_not_available',
  '57014': 'query_canceled', // statement_timeout
  '57P01': 'admin_shutdown',
  '57P02': 'crash_shutdown',
  '57P03': 'cannot_connect_now',
  '57P04': 'database_dropped',
  '57P05': 'idle_session_timeout',
  '53000': 'insufficient_resources',
  '53100': 'disk_full',
  '53200': 'out_of_memory',
  '53300': 'too_many_connections',
  '58030': 'io_error',
  '25P03': 'idle_in_transaction_session_timeout',
  '25006': 'read_only_sql_transaction', // a standby that is not promoted yet
  // A pooler gave another session than the one before: its statements are not known here, or known already.
  '26000': 'invalid_sql_statement_name',
  '42P05': 'duplicate_prepared_statement',
  // Met when connecting: the password is being changed, or the database restored.
  '28000': 'invalid_authorization_specification',
  '28P01': 'invalid_password',
  '3D000': 'invalid_catalog_name',
};

/** Class 08 is connection_exception, whatever follows. */
const CONNECTION_CLASS = '08';

// What a cluster says without a state of its own: of a node that went down, at a commit and ahead of one, and of COPY, where
// it passes on what a node said and leaves out as what.
const INTERNAL_ERROR = 'XX000';
const clusterMessages = [
  /^could not commit transaction for shard/,
  /^failure on connection marked as essential/,
  /^terminating connection /,
  /^canceling statement due to /,
  /^deadlock detected$/,
  /^the database system is /,
  /^postmaster was shut down/,
];

const transientSystemErrors = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EHOSTDOWN',
  'ECONNABORTED',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/**
 * Whether the same work may succeed later: the database is away, busy or full, or chose this transaction as a victim.
 * An error without a SQLSTATE comes from the connection itself and counts as transient too.
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof pg.DatabaseError && error.code !== undefined) {
    if (error.code === INTERNAL_ERROR) return clusterMessages.some((pattern) => pattern.test(error.message));
    return Object.hasOwn(transientStates, error.code) || error.code.startsWith(CONNECTION_CLASS);
  }
  if (!(error instanceof Error)) return false;
  if (error instanceof DeadlineError || error instanceof UncertainCommitError) return true;
  // Whatever kept a socket from being connected, also a Unix socket that is not there yet.
  if ('syscall' in error && error.syscall === 'connect') return true;
  if ('code' in error && typeof error.code === 'string') {
    return transientSystemErrors.has(error.code) || isRefusalOfTls(error.code);
  }
  return connectionMessages.some((pattern) => pattern.test(error.message));
}

// OpenSSL's and Node.js's names of what is wrong with a certificate or a handshake.
function isRefusalOfTls(code: string): boolean {
  return /CERT|SIGNATURE|CRL|_CA\b|^ERR_(SSL|TLS)_|^EPROTO$/.test(code);
}

// pg raises these as plain errors without a code (pg 8: client.js and pg-pool's index.js).
const connectionMessages = [
  /^Connection terminated/,
  /^Client has encountered a connection error/,
  /^Client was closed/,
  /^timeout exceeded when trying to connect/,
  /^timeout expired/,
  /^Query read timeout/,
  /^The server does not support SSL/,
  /^There was an error establishing an SSL connection/,
  /^SASL: /,
];

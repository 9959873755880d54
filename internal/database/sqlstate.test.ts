import { expect } from 'chai';
import pg from 'pg';

import { DeadlineError } from './deadline.ts';
import { isTransient } from './sqlstate.ts';

describe('an error is transient', () => {
  const transient = [
    ...['08000', '08003', '08006', '08P01'], // connection exceptions, the whole class
    ...['40001', '40P01', '55P03', '57014', '57P01', '57P02', '57P03', '57P04', '57P05', '25P03', '25006'],
    ...['53000', '53100', '53200', '53300', '58030', '28000', '28P01', '3D000'],
    ...['26000', '42P05'], // of a pooler that shares sessions
  ];
  for (const sqlstate of transient) {
    it(`with the SQLSTATE ${sqlstate}`, () => expect(isTransient(databaseError(sqlstate))).to.equal(true));
  }

  for (const code of [
    ...['SELF_SIGNED_CERT_IN_CHAIN', 'CERT_HAS_EXPIRED', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'INVALID_CA'],
    ...['ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_SSL_WRONG_VERSION_NUMBER', 'EPROTO'],
  ]) {
    it(`with the code ${code} of TLS`, () => {
      expect(isTransient(Object.assign(new Error('tls'), { code }))).to.equal(true);
    });
  }

  it('when a socket is not there', () => {
    const fields = { code: 'ENOENT', syscall: 'connect' };
    expect(isTransient(Object.assign(new Error('connect ENOENT'), fields))).to.equal(true);
  });

  for (const code of ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']) {
    it(`with the system's code ${code}`, () => {
      expect(isTransient(Object.assign(new Error('connect'), { code }))).to.equal(true);
    });
  }

  // As pg and pg-pool word them; the versions are pinned, and other tests provoke most of them.
  for (const message of [
    'Connection terminated',
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
    'timeout exceeded when trying to connect',
    'timeout expired',
    'Query read timeout',
    'The server does not support SSL connections',
    'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string',
  ]) {
    it(`when pg says: ${message}`, () => expect(isTransient(new Error(message))).to.equal(true));
  }

  // As Citus 13.2 words them, without a state of their own: see internal/chaos/faults/cluster.ts.
  for (const message of [
    'could not commit transaction for shard 102009 on at least one node',
    'failure on connection marked as essential: 10.0.0.2:5432',
    'terminating connection due to unexpected postmaster exit',
    'canceling statement due to statement timeout',
    'deadlock detected',
    'the database system is shutting down',
    'postmaster was shut down, exiting',
  ]) {
    it(`when a cluster says: ${message}`, () =>
      expect(isTransient(Object.assign(databaseError('XX000'), { message }))).to.equal(true));
  }

  it('when nothing answered in time', () => expect(isTransient(new DeadlineError('late'))).to.equal(true));
});

describe('an error is not transient', () => {
  // NUL in a text, a key twice in one upsert, violated constraints, faulty SQL, a missing table or permission.
  for (const sqlstate of ['22021', '21000', '23505', '23514', '42601', '42P01', '42501', 'XX000']) {
    it(`with the SQLSTATE ${sqlstate}`, () => expect(isTransient(databaseError(sqlstate))).to.equal(false));
  }

  it('when it is a fault of ours, or no error at all', () => {
    expect(isTransient(new TypeError('undefined is not a function'))).to.equal(false);
    expect(isTransient(Object.assign(new Error('no such file'), { code: 'ENOENT' }))).to.equal(false);
    expect(isTransient('Connection terminated')).to.equal(false);
    expect(isTransient(undefined)).to.equal(false);
  });

  it('when its code is a name that every object has', () => {
    expect(isTransient(databaseError('constructor'))).to.equal(false);
  });
});

function databaseError(sqlstate: string): Error {
  return Object.assign(new pg.DatabaseError(`raised with ${sqlstate}`, 0, 'error'), { code: sqlstate });
}

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';
import { z } from 'zod';

import { booleanFlag, ConfigError, integer, secret } from '../../internal/config/config.ts';
import { markdownOf, plainTextOf } from '../../internal/config/reference.ts';
import { digestOf } from '../../internal/config/tokens.ts';
import { readConfig } from './configuration.ts';

/** The lines of the message, without the heading. */
function faultsOf(environment: Record<string, string>): string[] {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n').slice(1);
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('is what docs/configuration.md says', () => {
    const script = fileURLToPath(new URL('../../../scripts/configuration.js', import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
    expect(status, stderr).to.equal(0);
  });

  it('says in its reference what may be set, and what is so otherwise', () => {
    const section = z
      .object({
        SHARDS: integer(1, 256, 5).meta({ of: 'process', description: 'lanes: [more](a.md#b)' }),
        ON: booleanFlag.meta({ description: '`1` is on' }),
        TOKEN: secret(z.string().optional()).meta({ unset: 'none: open', of: 'all', description: 'who may' }),
      })
      .meta({ title: 'Some' });
    expect(markdownOf([section]).split('\n')).to.deep.equal([
      '## Some',
      '',
      '| variable | default | values | of | meaning |',
      '| --- | --- | --- | --- | --- |',
      '| `SHARDS` | `5` | 1 to 256 | process | lanes: [more](a.md#b) |',
      '| `ON` | `0` | `0`, `1` | replica | `1` is on |',
      '| `TOKEN` | none: open |  | all | who may |',
      '',
    ]);
    expect(plainTextOf([section])).to.equal(
      'Some:\n  SHARDS (5; 1 to 256)\n      lanes: more\n  ON (0; 0, 1)\n      1 is on\n' +
        '  TOKEN (none: open)\n      who may\n',
    );
    expect(() => markdownOf([z.object({ NEW: z.string() }).meta({ title: 'Some' })])).to.throw('description');
  });

  it('has the defaults of the contract', () => {
    expect(readConfig({})).to.include({
      HOST: '127.0.0.1',
      PORT: 8080,
      DATA_DIR: './data',
      SHARDS: 5,
      WORKERS_PER_SHARD: 3,
      WORKER_IDLE_TIMEOUT_MS: 120_000,
      FLUSH_TIMEOUT_MS: 5000,
      MAX_BODY_BYTES: 33_554_432,
      GAP_SECONDS: 2,
      MAX_DELAY_SECONDS: 10,
      MAX_FUTURE_SECONDS: 60,
      LOG_LEVEL: 'info',
      CHECK_INTERVAL_SECONDS: 5,
      CHECK_TIMEOUT_SECONDS: 4,
      SHUTDOWN_TIMEOUT_MS: 10_000,
      ALLOW_UNSAFE_DATABASE: false,
    });
    expect(readConfig({})).to.deep.include({ WRITE_TOKENS: [], READ_TOKENS: [], BADGE_TOKENS: [] });
    expect(readConfig({})).to.not.have.any.keys('DATABASE_URL', 'TLS_CERT_FILE', 'TLS_KEY_FILE', 'TZ');
  });

  it('takes an empty variable as one that is not set', () => {
    const names = [
      'HOST',
      'PORT',
      'DATABASE_URL',
      'DATA_DIR',
      'WRITE_TOKENS',
      'TLS_CERT_FILE',
      'LOG_LEVEL',
      'TZ',
    ];
    expect(readConfig(Object.fromEntries(names.map((name) => [name, ''])))).to.deep.equal(readConfig({}));
  });

  it('takes what is set, and ignores what it does not know', () => {
    const config = readConfig({
      PORT: '0',
      WRITE_TOKENS: 'a-token-to-write, another-to-write',
      TZ: 'Asia/Tokyo',
      PATH: '/bin',
    });
    expect(config).to.include({ PORT: 0, TZ: 'Asia/Tokyo' }).and.not.have.property('PATH');
    expect(config.WRITE_TOKENS).to.deep.equal(['a-token-to-write', 'another-to-write'].map(digestOf));
  });

  it('cannot be changed', () => {
    expect(readConfig({})).to.be.frozen;
  });

  const bad: Readonly<Record<string, readonly string[]>> = {
    HOST: ['a b', 'http://a', 'a:80', '[::1]', '256.0.0.1', '1.2.3', '::g', '-a', 'a..b', 'ü', ','],
    TRUST_PROXY: [
      'localhost',
      '10.0.0.0/33',
      '::/129',
      '10.0.0.0/8/8',
      '10.0.0.1,',
      '1.2.3',
      '/8',
      'fe80::1%a',
    ],
    ACCESS_LOG: ['yes', 'all'],
    RATE_LIMIT_EVENTS_PER_SECOND: ['0', '1.5'],
    RATE_LIMIT_BYTES_PER_SECOND: ['0', '1MB'],
    BASE_PATH: ['minikom', '/', '/minikom/', '//a', '/a/../b', '/.', '/a b', '/a?b', '/é'],
    ALLOWED_HOSTS: ['a b', 'a,,b', 'http://a', 'a:80', '*.*', 'a*', '256.0.0.1'],
    PORT: ['http', '-1', '65536', '8080.5', '1e3', ' 8080', '0x50', '٨'],
    ADMIN_PORT: ['http', '-1', '65536'],
    SHARDS: ['0', '257'],
    WORKERS_PER_SHARD: ['0', '65'],
    WORKER_IDLE_TIMEOUT_MS: ['0', '2m', '99999999999999999999'],
    BATCH_SIZE: ['0'],
    FLUSH_INTERVAL_MS: ['60001'],
    FLUSH_TIMEOUT_MS: ['9'],
    MAX_QUEUED_EVENTS: ['0'],
    MAX_BODY_BYTES: ['0', '32MiB'],
    GAP_SECONDS: ['0'],
    MAX_DELAY_SECONDS: ['-1'],
    MAX_FUTURE_SECONDS: ['Infinity'],
    ALLOW_UNSAFE_DATABASE: ['yes', 'true'],
    LOG_LEVEL: ['loud', 'INFO'],
    CHECK_INTERVAL_SECONDS: ['0', '0.5'],
    CHECK_TIMEOUT_SECONDS: ['0', '3601'],
    SHUTDOWN_TIMEOUT_MS: ['99'],
    TZ: ['Mars/Olympus'],
    DATABASE_URL: ['mysql://a', 'localhost', 'postgres://[', 'postgres'],
    WRITE_TOKENS: ['a,,b', ',', 'two words', 'naïve', 'fifteen-letters', 'a-token-to-write,short'],
    READ_TOKENS: ['a,'],
    BADGE_TOKENS: ['a'],
    KEEP_ALIVE_TIMEOUT_MS: ['0', 'never'],
  };
  for (const [name, values] of Object.entries(bad)) {
    it(`refuses a bad ${name} by name: ${values.join(' | ')}`, () => {
      for (const value of values) {
        const faults = faultsOf({ [name]: value });
        expect(faults, value).to.have.length(1);
        expect(faults[0]).to.match(new RegExp(`^  ${name} must be `));
      }
    });
  }

  it('takes every kind of HOST', () => {
    for (const HOST of [
      '::',
      '::1',
      'fe80::1%eth0',
      '0.0.0.0',
      'localhost',
      'a',
      'db-1.example.org.',
      '1.2.3.4a',
    ]) {
      expect(readConfig({ HOST }).HOST).to.equal(HOST);
    }
  });

  it('tells a number that is too small from what is none', () => {
    expect(faultsOf({ SHARDS: '-5', PORT: '-1', GAP_SECONDS: '--1', BATCH_SIZE: '-' })).to.deep.equal([
      '  PORT must be at least 0 (got "-1")',
      '  SHARDS must be at least 1 (got "-5")',
      '  BATCH_SIZE must be a whole number (got "-")',
      '  GAP_SECONDS must be a whole number (got "--1")',
    ]);
  });

  it('names every bad variable at once, with what was given', () => {
    const faults = faultsOf({ PORT: 'http', SHARDS: '0', LOG_LEVEL: 'loud', TLS_CERT_FILE: 'cert.pem' });
    expect(faults).to.deep.equal([
      '  PORT must be a whole number (got "http")',
      '  SHARDS must be at least 1 (got "0")',
      '  LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent (got "loud")',
      '  TLS_KEY_FILE is needed as well for HTTPS',
    ]);
  });

  it('names what else was found to be wrong in the same message, also by itself', () => {
    expect(() => readConfig({ PORT: 'x' }, ['DATA_DIR is odd'])).to.throw(
      ConfigError,
      '  PORT must be a whole number (got "x")\n  DATA_DIR is odd',
    );
    expect(() => readConfig({}, ['DATA_DIR is odd'])).to.throw(ConfigError, /valid:\n {2}DATA_DIR is odd$/);
  });

  it('does not show secrets', () => {
    const secrets = { DATABASE_URL: 'mysql://u:hush@h/d', WRITE_TOKENS: 'hush hush', READ_TOKENS: 'hush,' };
    const faults = faultsOf({ ...secrets, PORT: 'x' });
    expect(faults).to.have.length(4);
    expect(faults.join()).to.not.include('hush');
  });

  it('keeps no token, only what it is known by', () => {
    const config = readConfig({ READ_TOKENS: 'a-token-to-read-with' });
    expect(JSON.stringify(config)).to.not.include('a-token');
    expect(config.READ_TOKENS).to.deep.equal([createHash('sha256').update('a-token-to-read-with').digest()]);
  });

  it('wants tokens or a file of them, not both', () => {
    const WRITE_TOKENS = 'a-token-to-write';
    expect(faultsOf({ WRITE_TOKENS, WRITE_TOKENS_FILE: 'file' })).to.deep.equal([
      '  WRITE_TOKENS_FILE is set, and WRITE_TOKENS as well (got "file")',
    ]);
    expect(faultsOf({ WRITE_TOKENS, READ_TOKENS_FILE: 'file' })).to.deep.equal([]);
  });

  it('wants an interval between flushes that is shorter than their timeout', () => {
    const environment = { FLUSH_INTERVAL_MS: '500', FLUSH_TIMEOUT_MS: '500' };
    expect(() => readConfig(environment)).to.throw(ConfigError, 'FLUSH_INTERVAL_MS must be less than');
  });

  it('compares nothing with what is no number', () => {
    for (const name of ['FLUSH_INTERVAL_MS', 'FLUSH_TIMEOUT_MS']) {
      expect(faultsOf({ [name]: 'abc' })).to.deep.equal([`  ${name} must be a whole number (got "abc")`]);
    }
  });

  it('wants both files for HTTPS', () => {
    expect(faultsOf({ TLS_CERT_FILE: 'a' })).to.deep.equal(['  TLS_KEY_FILE is needed as well for HTTPS']);
    expect(faultsOf({ TLS_KEY_FILE: 'a' })).to.deep.equal(['  TLS_CERT_FILE is needed as well for HTTPS']);
    expect(faultsOf({ TLS_CERT_FILE: 'a', TLS_KEY_FILE: 'b' })).to.deep.equal([]);
  });
});

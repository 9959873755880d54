import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';

import { ConfigError, type Config } from './config.ts';

/** Certificate and key as PEM texts. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/**
 * Reads the files of TLS_CERT_FILE and TLS_KEY_FILE; undefined without them. Throws a {@link ConfigError} if one cannot
 * be read or they are no pair, which is to happen before anything is started.
 */
export async function readTlsFiles(config: Config): Promise<KeyPair | undefined> {
  const { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile } = config;
  if (certFile === undefined || keyFile === undefined) return undefined;
  const [cert, key] = await Promise.allSettled([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
  if (cert.status === 'rejected' || key.status === 'rejected') {
    throw new ConfigError(
      [
        'The configuration is not valid:',
        ...fault('TLS_CERT_FILE', cert),
        ...fault('TLS_KEY_FILE', key),
      ].join('\n'),
    );
  }
  const pair = { cert: cert.value, key: key.value };
  try {
    createSecureContext(pair);
  } catch (error) {
    throw new ConfigError(
      'The configuration is not valid:\n  TLS_CERT_FILE and TLS_KEY_FILE must be a certificate and its key, in PEM',
      { cause: error },
    );
  }
  return pair;
}

function fault(variable: string, read: PromiseSettledResult<string>): string[] {
  if (read.status === 'fulfilled') return [];
  return [`  ${variable} cannot be read (${read.reason instanceof Error ? read.reason.message : 'unknown'})`];
}

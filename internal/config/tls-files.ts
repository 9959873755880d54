import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';

import { ConfigError, type Config, type Environment } from './config.ts';

/** Certificate and key as PEM texts. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/**
 * Reads the files of TLS_CERT_FILE and TLS_KEY_FILE; undefined without them. Throws a {@link ConfigError} if one cannot
 * be read or they are no pair.
 */
export async function readTlsFiles(config: Config): Promise<KeyPair | undefined> {
  const { pair, faults } = await look(config);
  if (faults.length > 0) throw new ConfigError(faults);
  return pair;
}

/** What is wrong with the files of TLS_CERT_FILE and TLS_KEY_FILE, each fault naming its variable. */
export async function tlsFaults(environment: Environment): Promise<readonly string[]> {
  return (await look(environment)).faults;
}

interface Files {
  readonly TLS_CERT_FILE?: string | undefined;
  readonly TLS_KEY_FILE?: string | undefined;
}

interface Look {
  readonly pair?: KeyPair;
  readonly faults: readonly string[];
}

async function look(files: Files): Promise<Look> {
  const [cert, key] = await Promise.all([
    readPem('TLS_CERT_FILE', files.TLS_CERT_FILE),
    readPem('TLS_KEY_FILE', files.TLS_KEY_FILE),
  ]);
  const faults = [cert.fault, key.fault].filter((fault) => fault !== undefined);
  if (cert.text === undefined || key.text === undefined) return { faults };
  const pair = { cert: cert.text, key: key.text };
  try {
    createSecureContext(pair);
    return { pair, faults };
  } catch {
    // OpenSSL's reasons, such as "no start line", say less than this.
    return { faults: ['TLS_CERT_FILE and TLS_KEY_FILE must be a certificate and its key, in PEM'] };
  }
}

async function readPem(
  variable: string,
  file: string | undefined,
): Promise<{ readonly text?: string; readonly fault?: string }> {
  if (file === undefined) return {};
  try {
    return { text: await readFile(file, 'utf8') };
  } catch (error) {
    return { fault: `${variable} cannot be read (${error instanceof Error ? error.message : 'unknown'})` };
  }
}

import { access, constants, readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { createSecureContext } from 'node:tls';

import { ConfigError, variablesSet, type Environment } from './config.ts';
import { DEFAULT_DATA_DIR, type PipelineConfig } from './pipeline.ts';

/**
 * What is wrong with the files and folders that the environment names, each fault naming its variable. Looked at before
 * anything is started, and makes nothing.
 */
export async function fileFaults(environment: Environment): Promise<readonly string[]> {
  const set = variablesSet(environment);
  // With a database of its own the service uses no folder.
  const folder = set.DATABASE_URL === undefined ? (set.DATA_DIR ?? DEFAULT_DATA_DIR) : undefined;
  const faults = await Promise.all([
    folder === undefined ? [] : dataDirFaults(folder),
    look(set).then(({ faults }) => faults),
  ]);
  return faults.flat();
}

async function dataDirFaults(dataDir: string): Promise<readonly string[]> {
  const existing = await nearestExisting(resolve(dataDir));
  const got = `(got ${JSON.stringify(dataDir)})`;
  if (!existing.isFolder) return [`DATA_DIR cannot be a folder: ${existing.path} is none ${got}`];
  return access(existing.path, constants.W_OK | constants.X_OK).then(
    () => [],
    () => [`DATA_DIR cannot be written: ${existing.path} is not ours to write ${got}`],
  );
}

/** The path itself if there is something, else the nearest above it; the root is always there. */
async function nearestExisting(path: string): Promise<{ readonly path: string; readonly isFolder: boolean }> {
  try {
    return { path, isFolder: (await stat(path)).isDirectory() };
  } catch {
    return dirname(path) === path ? { path, isFolder: true } : nearestExisting(dirname(path));
  }
}

/** Certificate and key as PEM texts. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/**
 * Reads the files of TLS_CERT_FILE and TLS_KEY_FILE; undefined without them. Throws a {@link ConfigError} if one cannot
 * be read or they are no pair.
 */
export async function readTlsFiles(config: PipelineConfig): Promise<KeyPair | undefined> {
  const { pair, faults } = await look(config);
  if (faults.length > 0) throw new ConfigError(faults);
  return pair;
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

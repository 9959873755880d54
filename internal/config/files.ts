import { access, constants, readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { createSecureContext } from 'node:tls';

import { ConfigError, variablesSet, type Environment } from './config.ts';
import { DEFAULT_DATA_DIR, type PipelineConfig } from './pipeline.ts';
import { parseTokens, tokenKinds, type TokenDigests } from './tokens.ts';

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
    lookAtTokens(set).then(({ faults }) => faults),
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

/**
 * The tokens that are set, or that the files of WRITE_TOKENS_FILE and the like hold. Throws a {@link ConfigError} if one
 * cannot be read, or holds none: what was closed must not be open for a mistake.
 */
export async function readTokens(config: PipelineConfig): Promise<TokenDigests> {
  const { inFiles, faults } = await lookAtTokens(config);
  if (faults.length > 0) throw new ConfigError(faults);
  const { WRITE_TOKENS: write, READ_TOKENS: read, BADGE_TOKENS: badge } = config;
  return { write, read, badge, ...inFiles };
}

/** Whether there is anything to be read again when SIGHUP comes. */
export function hasFilesToReread(config: PipelineConfig): boolean {
  const files = [config.TLS_CERT_FILE, ...tokenKinds.map((kind) => config[tokenFiles[kind]])];
  return files.some((file) => file !== undefined);
}

const tokenFiles = {
  write: 'WRITE_TOKENS_FILE',
  read: 'READ_TOKENS_FILE',
  badge: 'BADGE_TOKENS_FILE',
} as const;

async function lookAtTokens(
  files: Readonly<Partial<Record<(typeof tokenFiles)[keyof TokenDigests], string | undefined>>>,
): Promise<{ readonly inFiles: Partial<TokenDigests>; readonly faults: readonly string[] }> {
  const inFiles: { -readonly [Kind in keyof TokenDigests]?: readonly Buffer[] } = {};
  const faults: string[] = [];
  for (const kind of tokenKinds) {
    const variable = tokenFiles[kind];
    const { text, fault } = await readText(variable, files[variable]);
    if (fault !== undefined) faults.push(fault);
    if (text === undefined) continue;
    const read = parseTokens(text.trim(), /[,\s]+/);
    if ('digests' in read) inFiles[kind] = read.digests;
    else faults.push(`${variable} ${read.fault}`);
  }
  return { inFiles, faults };
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
    readText('TLS_CERT_FILE', files.TLS_CERT_FILE),
    readText('TLS_KEY_FILE', files.TLS_KEY_FILE),
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

async function readText(
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

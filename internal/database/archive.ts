import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { constants, createGunzip, createGzip, gzip } from 'node:zlib';

import type { Archived } from './transaction.ts';

const compress = promisify(gzip);
const DAY_SECONDS = 86_400;
const NEWLINE = 0x0a;

/** Where what retention drops is kept, in files by table and day; undefined: nowhere. */
export interface ArchiveSettings {
  readonly ARCHIVE_DIR?: string | undefined;
}

/** The start of the day of UTC, in unix seconds: with an archive whole days are dropped, so that a file has a day. */
export function cutoffOf({ ARCHIVE_DIR }: ArchiveSettings, unixSeconds: number): number {
  return ARCHIVE_DIR === undefined ? unixSeconds : Math.floor(unixSeconds / DAY_SECONDS) * DAY_SECONDS;
}

/** What is archived: rows of a table, up to the end of the day before `cutoff`; or `isWhole`: all there is of that day. */
export interface ArchivedRows {
  readonly table: string;
  /** In unix seconds. */
  readonly cutoff: number;
  readonly isWhole?: boolean;
}

/**
 * Has `work` drop rows, and keeps them in a file: what it writes is on disk when `write` resolves, and `work` commits only
 * then. While it works the file is one that nobody else looks at, `.….open`, of one gzip member for each write; then it is
 * written anew as one, and renamed. What a program that was killed left open is finished by the next one; what it had written
 * and not committed is still in the table, and so comes twice.
 */
export async function archiving<T>(
  { ARCHIVE_DIR: folder }: ArchiveSettings,
  { table, cutoff, isWhole = false }: ArchivedRows,
  work: (archived: Archived | undefined) => Promise<T>,
): Promise<T> {
  if (folder === undefined) return work(undefined);
  await mkdir(folder, { recursive: true, mode: 0o750 });
  await finishLeft(folder, table);
  const name = `${table}-${new Date((cutoff - 1) * 1000).toISOString().slice(0, 10)}`;
  const path = join(folder, `.${name}.${isWhole ? 'whole' : 'open'}`);
  let file: FileHandle | undefined;
  const close = async () => {
    await file?.close();
    return file !== undefined;
  };
  let result: T;
  try {
    result = await work({
      table,
      async write(lines) {
        if (lines.length === 0) return;
        file ??= await open(path, 'w', 0o640);
        await file.appendFile(await compress(textOf(lines)));
        await file.datasync();
      },
    });
  } catch (error) {
    // What was written may be committed in part.
    if ((await close()) && !isWhole) await finish(folder, path, name, false);
    throw error;
  }
  if (await close()) await finish(folder, path, name, isWhole);
  return result;
}

/** One line each: where JSON has a line break it is between values. */
function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line.replaceAll(/[\r\n]/g, ' ')}\n`).join('');
}

/** Finishes what others left; of a day that was to be whole, all is still in the table. */
async function finishLeft(folder: string, table: string): Promise<void> {
  for (const left of await readdir(folder)) {
    const [, name, of, kind] = /^\.((.+)-\d{4}-\d\d-\d\d)\.(open|whole|new)$/.exec(left) ?? [];
    if (name === undefined || of !== table) continue;
    const path = join(folder, left);
    if (kind === 'open') await finish(folder, path, name, false);
    else await unlink(path);
  }
}

async function finish(folder: string, path: string, name: string, isWhole: boolean): Promise<void> {
  const made = join(folder, `.${name}.new`);
  const file = await open(made, 'w', 0o640);
  // The last member is not whole if the program was killed while it was written.
  await pipeline(
    createReadStream(path),
    createGunzip({ finishFlush: constants.Z_SYNC_FLUSH }),
    wholeLines,
    createGzip(),
    file.createWriteStream({ flush: true }),
  );
  await rename(made, await freePath(folder, name, isWhole));
  const entries = await open(folder);
  await entries.sync().finally(() => entries.close());
  await unlink(path);
}

/** Leaves out what stands behind the last line break. */
async function* wholeLines(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    const end = piece.lastIndexOf(NEWLINE) + 1;
    if (end === 0) {
      rest = Buffer.concat([rest, piece]);
      continue;
    }
    yield rest;
    yield piece.subarray(0, end);
    rest = piece.subarray(end);
  }
}

/** A day that is whole takes the place of an earlier try; what comes later of other days gets a number. */
async function freePath(folder: string, name: string, isWhole: boolean): Promise<string> {
  for (let number = 1; ; number++) {
    const path = join(folder, `${name}${number === 1 ? '' : `-${number}`}.ndjson.gz`);
    const isTaken = await stat(path).then(
      () => true,
      () => false,
    );
    if (isWhole || !isTaken) return path;
  }
}

import type { Readable } from 'node:stream';

import { z } from 'zod';

/*
 * A backup is text, gzipped: a line that says what is in it, then for each table what `copy … to stdout` gives, each with
 * a line before it and `\.` after it, as psql reads it too, and a last line that shows that it is whole.
 */

const MARK = '-- minikom backup ';
export const LAST_LINE = '-- end of the backup\n';
/** Ends the rows of a table; no row is this. */
export const END_OF_ROWS = '\\.\n';

const headSchema = z.object({
  format: z.literal(1),
  takenAt: z.string(),
  /** Of the schema that it was taken of, in order. */
  migrations: z.array(z.string()),
  /** Of partitions of payload events, as YYYYMMDD. */
  days: z.array(z.string()),
  tables: z.array(z.object({ name: z.string(), columns: z.array(z.string()) })),
  sequences: z.array(z.object({ name: z.string(), value: z.string(), isCalled: z.boolean() })),
});

/** What is in a backup. */
export type BackupHead = z.output<typeof headSchema>;
/** A table of it, with the columns in the order in which their values come. */
export type BackupTable = BackupHead['tables'][number];

export function headLine(head: BackupHead): string {
  return `${MARK}${JSON.stringify(head)}\n`;
}

/** `copy` of a table, with what it does: `from stdin`. */
export function copyStatement({ name, columns }: BackupTable, what: string): string {
  return `copy ${quoted(name)} (${columns.map(quoted).join(', ')}) ${what}`;
}

/** A name for SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A backup as it is read, from its beginning to its end. */
export class BackupReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest = Buffer.alloc(0);

  constructor(unzipped: Readable) {
    this.#chunks = unzipped[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /** Throws if it is no backup. */
  async head(): Promise<BackupHead> {
    const line = await this.#line();
    if (!line.startsWith(MARK)) throw new Error('This is no backup of Minikom.');
    return headSchema.parse(JSON.parse(line.slice(MARK.length)));
  }

  /** The rows of the next table. */
  async *rows(): AsyncGenerator<Buffer> {
    await this.#line();
    if (await this.#skip(END_OF_ROWS)) return;
    const end = Buffer.from(`\n${END_OF_ROWS}`);
    for (;;) {
      const at = this.#rest.indexOf(end);
      if (at !== -1) {
        yield this.#take(at + 1);
        this.#take(END_OF_ROWS.length);
        return;
      }
      // What may be the beginning of the end stays.
      if (this.#rest.length > end.length) yield this.#take(this.#rest.length - end.length);
      await this.#more();
    }
  }

  /** Throws unless all of it was read. */
  async end(): Promise<void> {
    if (`${await this.#line()}\n` !== LAST_LINE) throw new Error('The backup is not whole.');
  }

  async #line(): Promise<string> {
    let at: number;
    while ((at = this.#rest.indexOf('\n')) === -1) await this.#more();
    return this.#take(at + 1).toString('utf8', 0, at);
  }

  async #skip(text: string): Promise<boolean> {
    while (this.#rest.length < text.length) await this.#more();
    if (!this.#rest.subarray(0, text.length).equals(Buffer.from(text))) return false;
    this.#take(text.length);
    return true;
  }

  #take(bytes: number): Buffer {
    const taken = this.#rest.subarray(0, bytes);
    this.#rest = this.#rest.subarray(bytes);
    return taken;
  }

  async #more(): Promise<void> {
    const next = await this.#chunks.next();
    if (next.done === true) throw new Error('The backup is not whole.');
    this.#rest = Buffer.concat([this.#rest, next.value]);
  }
}

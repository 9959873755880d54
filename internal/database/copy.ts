import type { ClientBase, Connection, Submittable } from 'pg';

// "PGCOPY\n\xff\r\n\0", no flags, no header extension; and the field count that ends the rows.
const HEADER = Buffer.from('5047434f50590aff0d0a000000000000000000', 'hex');
const TRAILER = Buffer.from('ffff', 'hex');
const COPY_DATA = 0x64;
const COPY_DONE = Buffer.from('6300000004', 'hex');
const LENGTH_BYTES = 4;

/**
 * Runs `copy … from stdin (format binary)` with rows that are in memory already, each chunk a whole number of rows.
 * Resolves when the server has taken all of them; rejects as a query does, after `query_timeout` too.
 */
export async function copyRows(
  client: ClientBase,
  statement: string,
  chunks: readonly Uint8Array[],
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    client.query(new CopyIn(statement, chunks, (error) => (error ? reject(error) : resolve())));
  });
}

/**
 * The query that pg runs for it. pg-copy-streams would do, but it is made for data that comes bit by bit: it waits
 * for the socket to drain and then writes on, and after an error that the server told meanwhile, it has no connection
 * to write to and throws where nobody can catch it. Here everything is handed to the socket at once.
 */
class CopyIn implements Submittable {
  /** Called once, at the end. pg wraps it where the client has a `query_timeout`. */
  callback: (error?: Error | null) => void;
  readonly #statement: string;
  readonly #chunks: readonly Uint8Array[];

  constructor(statement: string, chunks: readonly Uint8Array[], callback: (error?: Error | null) => void) {
    this.#statement = statement;
    this.#chunks = chunks;
    this.callback = callback;
  }

  submit(connection: Connection): void {
    connection.query(this.#statement);
  }

  handleCopyInResponse({ stream }: Connection): void {
    stream.cork();
    for (const chunk of [HEADER, ...this.#chunks, TRAILER]) {
      const head = Buffer.allocUnsafe(1 + LENGTH_BYTES);
      head[0] = COPY_DATA;
      head.writeUInt32BE(chunk.length + LENGTH_BYTES, 1);
      stream.write(head);
      stream.write(chunk);
    }
    stream.write(COPY_DONE);
    stream.uncork();
  }

  handleCommandComplete(): void {
    // ReadyForQuery follows.
  }

  handleError(error: Error): void {
    this.callback(error);
  }

  handleReadyForQuery(): void {
    this.callback(null);
  }
}

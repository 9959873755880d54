import pg from 'pg';

import { isPipelined } from './pipeline.ts';

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
  client: pg.ClientBase,
  statement: string,
  chunks: readonly Uint8Array[],
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const copy = new CopyIn(statement, chunks, isPipelined(client), (error) =>
      error ? reject(error) : resolve(),
    );
    client.query(copy);
  });
}

/**
 * The query that pg runs for it. pg-copy-streams would do, but it is made for data that comes bit by bit: it waits
 * for the socket to drain and then writes on, and after an error that the server told meanwhile, it has no connection
 * to write to and throws where nobody can catch it. Here everything is handed to the socket at once.
 *
 * Where the connection is pipelined, that is together with the statement: a server that refuses the statement passes over
 * the rows (PostgreSQL's documentation, "Message Flow", COPY Operations).
 */
class CopyIn extends pg.Query {
  readonly #statement: string;
  readonly #chunks: readonly Uint8Array[];
  readonly #isAtOnce: boolean;

  constructor(
    statement: string,
    chunks: readonly Uint8Array[],
    isAtOnce: boolean,
    callback: (error?: Error | null) => void,
  ) {
    super(statement, callback);
    this.#statement = statement;
    this.#chunks = chunks;
    this.#isAtOnce = isAtOnce;
  }

  override submit = (connection: pg.Connection): void => {
    const { stream } = connection;
    stream.cork();
    connection.query(this.#statement);
    if (this.#isAtOnce) this.#send(stream);
    stream.uncork();
  };

  handleCopyInResponse({ stream }: pg.Connection): void {
    if (this.#isAtOnce) return;
    stream.cork();
    this.#send(stream);
    stream.uncork();
  }

  #send(stream: pg.Connection['stream']): void {
    for (const chunk of [HEADER, ...this.#chunks, TRAILER]) {
      const head = Buffer.allocUnsafe(1 + LENGTH_BYTES);
      head[0] = COPY_DATA;
      head.writeUInt32BE(chunk.length + LENGTH_BYTES, 1);
      stream.write(head);
      stream.write(chunk);
    }
    stream.write(COPY_DONE);
  }
}

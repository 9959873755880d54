import { connect, type Socket } from 'node:net';

import { AnswerParser, type Answer } from './answer-parser.ts';

/** Why a request got no answer. `refused` was never sent; of the others nobody knows what became of them. */
export interface Failure {
  readonly failure: string;
  /** A part of the answer came. */
  readonly isCutShort?: true;
}

/** Where to connect to. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

const READ_BYTES = 32_768;

/**
 * One HTTP/1.1 connection with one request at a time, straight on a socket: node:http and undici take several times
 * as long per request, and would be what is measured. It connects when there is something to send, and again after
 * the other side closed.
 *
 * At rest (`#settle` undefined) the socket may be there or not; its end is then no failure. Busy, the first of answer,
 * error, end and timeout settles the request, and all but a kept answer drop the socket. Events of a dropped socket
 * mean nothing any more.
 */
export class Connection {
  readonly #address: () => Address;
  readonly #deadline: NodeJS.Timeout;
  #parser = new AnswerParser();
  #socket: Socket | undefined;
  #settle: ((outcome: Answer | Failure) => void) | undefined;

  /** `address` may be another one each time that it connects. `timeoutMs`: from sending a request to the end of its answer. */
  constructor(address: Address | (() => Address), timeoutMs: number) {
    this.#address = typeof address === 'function' ? address : () => address;
    this.#deadline = setTimeout(() => this.#fail('timeout'), timeoutMs).unref();
  }

  /** Connects ahead of the first request; if that fails, so be it. */
  open(): void {
    this.#socket ??= this.#connect();
  }

  /** Sends a whole request, unless one is under way. `settle` is called once, never before this returns. */
  send(request: Uint8Array, settle: (outcome: Answer | Failure) => void): void {
    if (this.#settle !== undefined) throw new Error('a connection takes one request at a time');
    this.#settle = settle;
    this.#deadline.refresh();
    this.#socket ??= this.#connect();
    this.#socket.write(request);
  }

  /** Drops the socket; a request under way fails with `cut`. */
  close(): void {
    clearTimeout(this.#deadline);
    this.#fail('cut');
    this.#drop();
  }

  #connect(): Socket {
    this.#parser = new AnswerParser();
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    const socket: Socket = connect({
      ...this.#address(),
      noDelay: true,
      // One buffer for all reads: a new one for each of them is a good part of the work for a small answer.
      onread: {
        buffer,
        callback: (bytes) => {
          if (this.#socket === socket) this.#read(buffer.subarray(0, bytes));
          return true;
        },
      },
    });
    socket.on('error', (error) => {
      if (this.#socket === socket) this.#fail(kindOf(error));
    });
    const onEnd = () => {
      if (this.#socket === socket) this.#ended();
    };
    socket.on('end', onEnd).on('close', onEnd);
    return socket;
  }

  #read(bytes: Buffer): void {
    if (this.#settle === undefined) {
      // Nobody asked for this, such as a 408 of a server that closes an idle connection.
      this.#drop();
      return;
    }
    const answer = this.#parser.push(bytes);
    if (answer === 'malformed') this.#fail('malformed');
    else if (answer !== undefined) this.#answer(answer);
  }

  #ended(): void {
    const answer = this.#parser.end();
    if (answer !== undefined) this.#answer(answer);
    else this.#fail('reset');
  }

  #answer(answer: Answer): void {
    if (!answer.isKept) this.#drop();
    this.#finish(answer);
  }

  #fail(failure: string): void {
    if (this.#settle === undefined && failure === 'timeout') return;
    this.#drop();
    const isCutShort = failure === 'reset' && this.#parser.isInAnswer;
    this.#finish({ failure, ...(isCutShort && { isCutShort }) });
  }

  #finish(outcome: Answer | Failure): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(outcome);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
  }
}

const kinds: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ERR_STREAM_DESTROYED: 'reset',
  ERR_STREAM_WRITE_AFTER_END: 'reset',
  ETIMEDOUT: 'timeout',
};

/** The word that an error is counted under. */
function kindOf(error: Error): string {
  const code = 'code' in error ? String(error.code) : error.message;
  return kinds[code] ?? code.toLowerCase();
}

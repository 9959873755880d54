import { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The answer of one request, with what the front door knows of it. */
export class Answer extends ServerResponse {
  requestId = '';
  /** Counts among all requests in flight. */
  counts = true;
  /** When the whole request was there, in milliseconds of a clock that never jumps. */
  askedMs = 0;
  /** Bytes of its body that are made and that the connection was not given yet. */
  heldBytes = 0;
  owner: Connection | undefined;
}

/**
 * What one connection has under way. Node closes a response only once it has had its turn on the connection: those
 * that wait behind another when the connection ends are closed here.
 */
export class Connection {
  /** Of the requests that are not answered yet, in order; answered means that the system has all bytes of it. */
  readonly answers: Answer[] = [];
  /** The newest of them, whose request's body may still be arriving. */
  latest: Answer | undefined;
  /** Nothing more is taken: a refusal is on its way that closes the connection. */
  refused = false;
  /** Offers to go on in another protocol, so far. */
  offers = 0;
  /** When the client last took bytes, or had none to take. */
  movedMs = 0;
  #takenBytes = 0;
  #unreadBytes = 0;
  #saysClose = false;
  readonly #socket: Socket;
  readonly #onAnswered: (answer: Answer) => void;
  #waiting: { readonly requests: number; readonly then: () => void } | undefined;

  /** `onAnswered` is told of each request that ended, answered or not. */
  constructor(socket: Socket, onAnswered: (answer: Answer) => void) {
    this.#socket = socket;
    this.#onAnswered = onAnswered;
    // Who takes a connection over is rid of Node's listener; without any, a lost connection would end the process.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.#waiting = undefined;
      for (const answer of [...this.answers]) {
        this.ended(answer);
        if (answer.socket === null) answer.emit('close');
      }
    });
  }

  /** Returns false for a request that cannot be answered any more: the answer before it has closed the connection. */
  begin(answer: Answer): boolean {
    const before = this.latest;
    if (this.#saysClose && before !== undefined && before === this.answers.at(-1)) {
      if (!before.headersSent) before.removeHeader('connection');
      else if (before.getHeader('connection') === 'close') return false;
    }
    answer.owner = this;
    answer.on('close', onClose);
    this.answers.push(answer);
    this.latest = answer;
    if (this.#saysClose) answer.setHeader('connection', 'close');
    return true;
  }

  /** From now on the newest answer says that it is the last one. */
  sayClose(): void {
    this.#saysClose = true;
    const { latest } = this;
    if (latest !== undefined && latest === this.answers.at(-1) && !latest.headersSent) {
      latest.setHeader('connection', 'close');
    }
  }

  /** Whether the newest request's body is still arriving. */
  inBody(): boolean {
    return this.answers.length > 0 && this.latest?.req.complete === false;
  }

  /** Calls `then` once at most `requests` are left, which may be now. */
  whenDownTo(requests: number, then: () => void): void {
    if (this.answers.length <= requests) then();
    else this.#waiting = { requests, then };
  }

  /** Bytes that wait for the client to take them; notes whether it took any since the last look. */
  unreadBytes(nowMs: number): number {
    let unread = 0;
    for (const answer of this.answers) unread += answer.writableLength + answer.heldBytes;
    const takenBytes = this.#socket.bytesWritten - this.#socket.writableLength;
    // What was not there at the last look could not be taken since.
    if (unread === 0 || this.#unreadBytes === 0 || takenBytes !== this.#takenBytes) this.movedMs = nowMs;
    this.#takenBytes = takenBytes;
    this.#unreadBytes = unread;
    return unread;
  }

  /** Closes once what was written is on its way. */
  end(): void {
    this.refused = true;
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  ended(answer: Answer): void {
    // Nearly always the first, as they go out in order.
    const index = this.answers.indexOf(answer);
    if (index === -1) return;
    if (this.answers.length === 1) this.answers.length = 0;
    else this.answers.splice(index, 1);
    this.#onAnswered(answer);
    if (this.#waiting === undefined || this.answers.length > this.#waiting.requests) return;
    const { then } = this.#waiting;
    this.#waiting = undefined;
    then();
  }
}

function onClose(this: Answer): void {
  this.owner?.ended(this);
}

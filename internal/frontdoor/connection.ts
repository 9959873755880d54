import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * What one connection has under way. Node closes a response only once it has had its turn on the connection: those
 * that wait behind another when the connection ends are never closed, so the connection's own end counts them out.
 */
export class Connection {
  /** Requests that are not answered yet. */
  requests = 0;
  /** The newest of them, whose body may still be arriving. */
  latest: ServerResponse | undefined;
  /** Its request's id. */
  latestId = '';
  /** Nothing more is taken: a refusal is on its way that closes the connection. */
  refused = false;
  readonly #onAnswered: (answered: number) => void;
  #waiting: { readonly requests: number; readonly then: () => void } | undefined;

  /** `onAnswered` is told of each request that ended, answered or not. */
  constructor(socket: Duplex, onAnswered: (requests: number) => void) {
    this.#onAnswered = onAnswered;
    socket.once('close', () => {
      this.#waiting = undefined;
      this.#end(this.requests);
    });
  }

  begin(response: ServerResponse, requestId: string): void {
    this.requests++;
    this.latest = response;
    this.latestId = requestId;
    response.on('close', this.#onClose);
  }

  readonly #onClose = (): void => {
    if (this.requests > 0) this.#end(1);
  };

  /** Whether the newest request's body is still arriving. */
  inBody(): boolean {
    return this.requests > 0 && this.latest?.req.complete === false;
  }

  /** Calls `then` once at most `requests` are left, which may be now. */
  whenDownTo(requests: number, then: () => void): void {
    if (this.requests <= requests) then();
    else this.#waiting = { requests, then };
  }

  #end(requests: number): void {
    this.requests -= requests;
    this.#onAnswered(requests);
    if (this.#waiting === undefined || this.requests > this.#waiting.requests) return;
    const { then } = this.#waiting;
    this.#waiting = undefined;
    then();
  }
}

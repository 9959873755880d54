import { ChunkedBody, CountedBody, type AnswerBody } from './answer-body.ts';
import { parseHead, type AnswerHead } from './answer-head.ts';

/** One whole answer. */
export interface Answer {
  readonly status: number;
  readonly body: Buffer;
  /** Whether the connection takes another request. */
  readonly isKept: boolean;
  /** The text of `Retry-After` of a refusal, if there is one. */
  readonly retryAfter: string | undefined;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const MOST_HEAD_BYTES = 65_536;
const NOTHING = Buffer.alloc(0);

/**
 * Reads HTTP/1.1 answers, one at a time, from pieces of any size: only what a load tester needs, because the parser
 * takes its time from the same processor as the service it measures. It does not pipeline: bytes past the end of an
 * answer that was asked for are malformed.
 */
export class AnswerParser {
  #pending = NOTHING;
  #head: AnswerHead | undefined;
  #body: AnswerBody = new CountedBody(0);

  /** Whether some, but not all bytes of an answer came. */
  get isInAnswer(): boolean {
    return this.#pending.length > 0 || this.#head !== undefined;
  }

  /** The answer if these bytes complete it; undefined while more are to come. They may be overwritten afterwards. */
  push(bytes: Buffer): Answer | 'malformed' | undefined {
    if (this.#head !== undefined) return this.#takeBody(this.#head, bytes);
    const all = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    const headBytes = all.indexOf(HEAD_END);
    if (headBytes === -1) {
      this.#pending = Buffer.from(all);
      return all.length > MOST_HEAD_BYTES || !startsLikeHttp(all) ? 'malformed' : undefined;
    }
    this.#pending = NOTHING;
    const head = parseHead(all.toString('latin1', 0, headBytes));
    if (head === undefined) return 'malformed';
    const rest = all.subarray(headBytes + HEAD_END.length);
    // 100 Continue and the like: the answer itself follows.
    if (head.status < 200) return rest.length === 0 ? undefined : this.push(rest);
    // The usual answer to a write, without the detour.
    if (head.body === 0 && rest.length === 0) return answerOf(head, NOTHING);
    this.#head = head;
    this.#body =
      head.body === 'chunked'
        ? new ChunkedBody()
        : new CountedBody(head.body === 'to-end' ? Infinity : head.body);
    return this.#takeBody(head, rest);
  }

  /** The connection ended: the answer, if that is how it was to end. */
  end(): Answer | undefined {
    const head = this.#head;
    return head?.body === 'to-end' ? this.#complete(head) : undefined;
  }

  #takeBody(head: AnswerHead, bytes: Buffer): Answer | 'malformed' | undefined {
    const taken = this.#body.take(bytes);
    if (taken === undefined || taken < bytes.length) return 'malformed';
    return this.#body.isComplete ? this.#complete(head) : undefined;
  }

  #complete(head: AnswerHead): Answer {
    this.#head = undefined;
    return answerOf(head, Buffer.concat(this.#body.pieces));
  }
}

function answerOf({ status, isKept, retryAfter }: AnswerHead, body: Buffer): Answer {
  return { status, body, isKept, retryAfter };
}

function startsLikeHttp(bytes: Buffer): boolean {
  return 'HTTP/1.'.startsWith(bytes.toString('latin1', 0, 7));
}

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

/** What the head of an answer says about the answer and about the bytes that follow. */
interface AnswerHead {
  readonly status: number;
  /** How the body ends: after so many bytes, chunk by chunk, or with the connection. */
  readonly body: number | 'chunked' | 'to-end';
  /** Whether the connection takes another request. */
  readonly isKept: boolean;
  readonly retryAfter: string | undefined;
}

const statusLine = /^HTTP\/1\.([01]) (\d{3})(?: [^\r\n]*)?(?:\r\n|$)/;
const contentLength = /\r\ncontent-length:[ \t]*([^\r]*)/i;
const transferEncoding = /\r\ntransfer-encoding:[ \t]*([^\r]*)/i;
const connection = /\r\nconnection:[ \t]*([^\r]*)/i;
const retryAfter = /\r\nretry-after:[ \t]*([^\r]*)/i;

/** Reads a head without its closing empty line; undefined if that is no head. */
function parseHead(text: string): AnswerHead | undefined {
  const line = statusLine.exec(text);
  if (line === null) return undefined;
  const status = Number(line[2]);
  const body = bodyOf(text, status);
  if (body === undefined) return undefined;
  const asked = connection.exec(text)?.[1]?.toLowerCase() ?? '';
  const isKept = line[1] === '1' ? !asked.includes('close') : asked.includes('keep-alive');
  return {
    status,
    body,
    isKept: isKept && body !== 'to-end',
    retryAfter: status < 400 ? undefined : retryAfter.exec(text)?.[1]?.trim(),
  };
}

/** RFC 9112, 6.3: some answers have no body whatever they say; chunks go before a length. */
function bodyOf(text: string, status: number): AnswerHead['body'] | undefined {
  if (status < 200 || status === 204 || status === 304) return 0;
  const encoding = transferEncoding.exec(text)?.[1];
  if (encoding !== undefined) return /(^|,)\s*chunked\s*$/i.test(encoding) ? 'chunked' : 'to-end';
  const length = contentLength.exec(text)?.[1]?.trim();
  if (length === undefined) return 'to-end';
  return /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}

const LINE_END = Buffer.from('\r\n');
const MOST_LINE_BYTES = 16_384;

/** Takes the bytes after a head, in whatever pieces they come. */
interface AnswerBody {
  readonly pieces: Buffer[];
  /** How many bytes of `bytes` it took, all unless the body ended in them; undefined if they are malformed. */
  take(bytes: Buffer): number | undefined;
  readonly isComplete: boolean;
}

/** A body of a known length; Infinity for one that ends with the connection. */
class CountedBody implements AnswerBody {
  readonly pieces: Buffer[] = [];
  #missing: number;

  constructor(bytes: number) {
    this.#missing = bytes;
  }

  get isComplete(): boolean {
    return this.#missing === 0;
  }

  take(bytes: Buffer): number {
    const taken = Math.min(bytes.length, this.#missing);
    this.#missing -= taken;
    // The buffer that the socket reads into is used again.
    if (taken > 0) this.pieces.push(Buffer.from(bytes.subarray(0, taken)));
    return taken;
  }
}

/**
 * A chunked body. It is in one of four places: `size` (a line with the next chunk's size), `data` (inside a chunk),
 * `data-end` (the line end after it), `trailers` (lines after the last chunk, up to an empty one).
 */
class ChunkedBody implements AnswerBody {
  readonly pieces: Buffer[] = [];
  isComplete = false;
  #place: 'size' | 'data' | 'data-end' | 'trailers' = 'size';
  #missing = 0;
  #line = Buffer.alloc(0);

  take(bytes: Buffer): number | undefined {
    let at = 0;
    while (at < bytes.length && !this.isComplete) {
      if (this.#place === 'data') {
        const end = Math.min(bytes.length, at + this.#missing);
        this.pieces.push(Buffer.from(bytes.subarray(at, end)));
        this.#missing -= end - at;
        if (this.#missing === 0) this.#place = 'data-end';
        at = end;
        continue;
      }
      const before = this.#line.length;
      this.#line = Buffer.concat([this.#line, bytes.subarray(at)]);
      const length = this.#line.indexOf(LINE_END);
      const mostBytes = this.#place === 'data-end' ? 1 : MOST_LINE_BYTES;
      if (length === -1) return this.#line.length > mostBytes ? undefined : bytes.length;
      at += length + LINE_END.length - before;
      const line = this.#line.toString('latin1', 0, length);
      this.#line = Buffer.alloc(0);
      if (!this.#takeLine(line)) return undefined;
    }
    return at;
  }

  #takeLine(line: string): boolean {
    switch (this.#place) {
      case 'size': {
        const size = /^([0-9a-f]{1,12})[ \t]*(;.*)?$/i.exec(line)?.[1];
        if (size === undefined) return false;
        this.#missing = parseInt(size, 16);
        this.#place = this.#missing === 0 ? 'trailers' : 'data';
        return true;
      }
      case 'data-end':
        this.#place = 'size';
        return line === '';
      case 'trailers':
        this.isComplete = line === '';
        return true;
      case 'data':
        return false;
    }
  }
}

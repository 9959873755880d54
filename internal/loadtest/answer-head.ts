/** What the head of an answer says about the answer and about the bytes that follow. */
export interface AnswerHead {
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
export function parseHead(text: string): AnswerHead | undefined {
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

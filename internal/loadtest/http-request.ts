/** What the requests of a run have in common. Plain data: it goes to a thread. */
export interface RequestTarget {
  /** The `Host` header. */
  readonly host: string;
  /** Goes before every path; empty or without a slash at its end. */
  readonly basePath: string;
  readonly writeToken: string | undefined;
  readonly readToken: string | undefined;
}

/** A whole `GET`. */
export function getRequest(target: RequestTarget, path: string): Buffer {
  return Buffer.from(`${head('GET', target, path, target.readToken)}\r\n`);
}

/** A whole `POST` of JSON. `headers` are further ones, each with its line end. */
export function postRequest(target: RequestTarget, path: string, headers: string, body: Buffer): Buffer {
  const start = head('POST', target, path, target.writeToken);
  const all = `${start}Content-Type: application/json\r\n${headers}Content-Length: ${body.length}\r\n\r\n`;
  const bytes = Buffer.allocUnsafe(all.length + body.length);
  bytes.write(all, 'latin1');
  body.copy(bytes, all.length);
  return bytes;
}

function head(method: string, target: RequestTarget, path: string, token: string | undefined): string {
  const authorization = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`;
  return `${method} ${target.basePath}${path} HTTP/1.1\r\nHost: ${target.host}\r\n${authorization}`;
}

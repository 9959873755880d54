import { once } from 'node:events';
import http, { type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import { connect, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

/** A request as it goes over the wire: unlike fetch, this folds no `..` and repairs no percent-encoding. */
export interface WireRequest {
  readonly method?: string;
  /** Sent as it is. */
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  /** A stream is sent chunked, anything else with its Content-Length. */
  readonly body?: string | Buffer | Readable;
  /** The certificate to trust, for https. */
  readonly ca?: string;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Who can be asked over the wire. */
export interface Asked {
  send(request: WireRequest): Promise<Answer>;
}

/** Sends one request to 127.0.0.1, on a connection of its own, and reads its answer. */
export async function send(url: string, wire: WireRequest): Promise<Answer> {
  const { protocol, port } = new URL(url);
  const options = {
    host: '127.0.0.1',
    port,
    method: wire.method ?? 'GET',
    path: wire.path ?? '/',
    headers: wire.headers ?? {},
    agent: false,
    ...(wire.ca !== undefined && { ca: wire.ca, servername: 'localhost' }),
  };
  const request = protocol === 'https:' ? https.request(options) : http.request(options);
  const answered = once(request, 'response');
  // The first error is told by `answered`. After an answer that did not wait for the whole body, there may be another.
  request.on('error', () => undefined);
  if (wire.body === undefined || typeof wire.body === 'string' || Buffer.isBuffer(wire.body)) {
    request.end(wire.body);
  } else {
    wire.body.pipe(request);
  }
  const [response] = (await answered) as [IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, text: await text(response) };
}

/** Opens a bare connection to a server on 127.0.0.1. */
export async function dial(port: string | number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: Number(port), allowHalfOpen: true });
  // A reset is told by 'close' as well.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Sends bytes as they are and reads answers until the server closes; `thenEnd` closes this side right after them. */
export async function exchange(
  port: string | number,
  bytes: string | Buffer,
  { thenEnd = false } = {},
): Promise<Answer[]> {
  const socket = await dial(port);
  socket.write(bytes);
  if (thenEnd) socket.end();
  return readAnswers(socket);
}

/** Reads all answers that come on a connection until the server ends it. */
export async function readAnswers(socket: Socket): Promise<Answer[]> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await Promise.race([once(socket, 'end'), once(socket, 'close')]);
  socket.destroy();
  return parseAnswers(Buffer.concat(chunks));
}

function parseAnswers(bytes: Buffer): Answer[] {
  const answers: Answer[] = [];
  for (let rest = bytes; rest.length > 0;) {
    const headEnd = rest.indexOf('\r\n\r\n');
    if (headEnd === -1) throw new Error(`not an answer: ${rest.toString()}`);
    const [statusLine = '', ...lines] = rest.subarray(0, headEnd).toString('latin1').split('\r\n');
    const headers: Record<string, string> = {};
    for (const line of lines) {
      const colon = line.indexOf(':');
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    const bodyEnd = headEnd + 4 + Number(headers['content-length'] ?? 0);
    const body = rest.subarray(headEnd + 4, bodyEnd).toString('utf8');
    answers.push({ status: Number(statusLine.split(' ')[1]), headers, text: body });
    rest = rest.subarray(bodyEnd);
  }
  return answers;
}

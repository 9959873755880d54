import { gzipSync } from 'node:zlib';

import type { LoadPlan } from './load-plan.ts';
import type { Mode } from './modes/mode.ts';

/** How requests are made from a plan. Plain data: it goes to a thread. */
export interface RequestOptions {
  readonly plan: LoadPlan;
  readonly target: RequestTarget;
  readonly gzip: boolean;
  /** Gives each request an `Idempotency-Key` that begins so. */
  readonly idempotencyKey: string | undefined;
}

/** Some whole requests, one after another: few large pieces cross the thread boundary, not many small ones. */
export interface RequestChunk {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each request ends in `bytes`. */
  readonly ends: readonly number[];
  /** How many events each carries. */
  readonly events: readonly number[];
}

const CHUNK_BYTES = 1_048_576;
// The usual level costs three times as long for a tenth less; services read both alike.
const GZIP_LEVEL = 1;

/** All requests of a plan, in order. A chunk has a megabyte, or one request if that is larger. */
export function* requestChunks(mode: Mode, options: RequestOptions): Generator<RequestChunk, void> {
  const encoding = options.gzip ? 'Content-Encoding: gzip\r\n' : '';
  let requests: Buffer[] = [];
  let events: number[] = [];
  let bytes = 0;
  let index = 0;
  for (const body of mode.bodies(options.plan)) {
    const plain = Buffer.from(body.text);
    const content = options.gzip ? gzipSync(plain, { level: GZIP_LEVEL }) : plain;
    const key =
      options.idempotencyKey === undefined ? '' : `Idempotency-Key: "${options.idempotencyKey}${index}"\r\n`;
    const request = postRequest(options.target, mode.path, `${encoding}${key}`, content);
    index++;
    if (bytes > 0 && bytes + request.length > CHUNK_BYTES) {
      yield joined(requests, events);
      requests = [];
      events = [];
      bytes = 0;
    }
    requests.push(request);
    events.push(body.events);
    bytes += request.length;
  }
  if (bytes > 0) yield joined(requests, events);
}

function joined(requests: readonly Buffer[], events: readonly number[]): RequestChunk {
  const ends: number[] = [];
  let length = 0;
  for (const request of requests) ends.push((length += request.length));
  // Of its own memory: it is handed over to another thread, not copied.
  const bytes = new Uint8Array(length);
  requests.forEach((request, index) => bytes.set(request, ends[index - 1] ?? 0));
  return { bytes, ends, events };
}

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

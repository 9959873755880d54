import { promisify } from 'node:util';
import { brotliCompress, deflate, gzip } from 'node:zlib';

import { dial, head, statusOf, write, type Target } from './attack.ts';

const PATHS = ['/event', '/events', '/records', '/collect'];
const ANSWER_MS = 15_000;
const MEBIBYTE = 2 ** 20;

/** A status that an attack must not be answered with. */
export type Complain = (problem: string) => void;

/** A valid body whose every byte is a chunk of its own. */
export async function oneByteChunks(target: Target, size: number, complain: Complain): Promise<void> {
  const items = Array.from(
    { length: Math.ceil(size / 40) },
    (_, n) => `{"timestamp":${1_700_000_000 + n},"data":1}`,
  );
  const body = `[${items.join(',')}]`;
  const socket = await dial(target);
  await write(socket, head('POST', '/events', 'Transfer-Encoding: chunked'));
  let piece = '';
  for (const byte of body) {
    piece += `1\r\n${byte}\r\n`;
    if (piece.length < 6000) continue;
    await write(socket, piece);
    piece = '';
  }
  await write(socket, `${piece}0\r\n\r\n`);
  await expectStatus(socket, [200, 503], 'a body in one-byte chunks', complain);
}

/** Bodies that are small until they are decompressed: once, again and again, and one after the other. */
export async function bombs(target: Target, mebibytes: number, complain: Complain): Promise<void> {
  const zeros = Buffer.alloc(mebibytes * MEBIBYTE, ' ');
  // Beside the event loop, which the load and who asks for /health need as well.
  const gzipped = await promisify(gzip)(zeros);
  const made: [encoding: string, body: Buffer][] = [
    ['gzip', gzipped],
    ['deflate', await promisify(deflate)(zeros)],
    ['br', await promisify(brotliCompress)(zeros)],
    ['gzip, gzip', await promisify(gzip)(gzipped)],
    ['gzip', Buffer.concat(Array.from({ length: 20 }, () => gzipped))],
  ];
  for (const [encoding, body] of made) {
    for (const path of PATHS) {
      await post(target, path, body, [`Content-Encoding: ${encoding}`], complain);
    }
  }
}

/** JSON that is deeper, wider or odder than anybody means it, at every endpoint that takes some. */
export async function oddJson(target: Target, size: number, complain: Complain): Promise<void> {
  const keys = Array.from({ length: size / 10 }, (_, n) => `"k${n}":1`).join(',');
  const bodies = [
    '['.repeat(size),
    `${'['.repeat(size)}${']'.repeat(size)}`,
    `[{"timestamp":1700000000,"data":${'{"a":'.repeat(size)}1${'}'.repeat(size)}}]`,
    `[{"timestamp":1700000000,"data":{${keys}}}]`,
    `{${keys}}`,
    `{"__proto__":{"a":1},"constructor":{"prototype":{}},"service_name":"__proto__","state":"issue","timestamp":1e400}`,
    `[{"timestamp":${'9'.repeat(size)}}]`,
    `"${'\\u0000'.repeat(size / 6)}"`,
    `[${'0,'.repeat(size)}0]`,
    '\u{feff}[]',
  ];
  for (const body of bodies)
    for (const path of PATHS) await post(target, path, Buffer.from(body), [], complain);
  await post(target, '/events', Buffer.from([0x22, 0xff, 0xfe, 0x22]), [], complain);
}

async function post(
  target: Target,
  path: string,
  body: Buffer,
  headers: readonly string[],
  complain: Complain,
): Promise<void> {
  const socket = await dial(target);
  await write(socket, head('POST', path, `Content-Length: ${body.length}`, 'Connection: close', ...headers));
  await write(socket, body);
  await expectStatus(
    socket,
    [200, 400, 413, 415, 503],
    `${path} ${headers.join()} ${body.length} bytes`,
    complain,
  );
}

async function expectStatus(
  socket: Awaited<ReturnType<typeof dial>>,
  allowed: readonly number[],
  what: string,
  complain: Complain,
): Promise<void> {
  const status = await statusOf(socket, ANSWER_MS);
  socket.destroy();
  // A connection that was closed while it still sent may have lost its answer.
  if (status !== 0 && !allowed.includes(status)) complain(`${what} was answered ${status}`);
}

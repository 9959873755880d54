import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import { WebSocket } from 'ws';

import { dial, head, statusOf, write, type Target } from './attack.ts';
import type { Complain } from './bodies.ts';

const ANSWER_MS = 15_000;
const oneReport = '{"service_name":"hostile","state":"issue","timestamp":1700000000}';

/** Opens so many connections, does something with each, and ends them after a while. */
async function withSockets(
  target: Target,
  count: number,
  lastingMs: number,
  act: (socket: Socket) => Promise<void>,
): Promise<void> {
  const sockets = await Promise.all(Array.from({ length: count }, () => dial(target)));
  await Promise.all(sockets.map(act));
  await pause(lastingMs);
  for (const socket of sockets) socket.destroy();
}

/** Heads and bodies that come a byte now and then, and connections that say nothing. */
export function slowSenders(target: Target, count: number, lastingMs: number): Promise<void> {
  const starts = [
    '',
    'POST /event HT',
    head('POST', '/event', 'Content-Length: 100'),
    head('POST', '/events'),
  ];
  let made = 0;
  return withSockets(target, count, lastingMs, async (socket) => {
    socket.resume();
    await write(socket, starts[made++ % starts.length] ?? '');
    const drip = setInterval(() => socket.write(' '), 500);
    socket.on('close', () => clearInterval(drip));
  });
}

/** Long answers, asked for again and again and never read. */
export function unreadAnswers(target: Target, count: number, lastingMs: number): Promise<void> {
  const asked = ['/openapi.json', '/events?limit=1000', '/services', '/job'];
  return withSockets(target, count, lastingMs, async (socket) => {
    socket.pause();
    await write(
      socket,
      asked
        .map((path) => head('GET', path))
        .join('')
        .repeat(25),
    );
  });
}

const PIPELINED = 100;

/** Many requests at once on a connection, some of which offer another protocol: all are answered, in their order. */
export function pipelining(
  target: Target,
  count: number,
  lastingMs: number,
  complain: Complain,
): Promise<void> {
  const requests = Array.from({ length: PIPELINED }, (_, index) => {
    const id = `X-Request-Id: nth-${index}`;
    return index % 2 === 0
      ? head('POST', '/event', `Content-Length: ${oneReport.length}`, id) + oneReport
      : head('GET', '/health', 'Connection: Upgrade', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__', id);
  });
  const webSocket = head(
    'GET',
    '/live',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  );
  return withSockets(target, count, lastingMs, async (socket) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    await write(socket, requests.join('') + webSocket);
    const endMs = performance.now() + ANSWER_MS;
    while (!text.includes('HTTP/1.1 101') && !socket.destroyed && performance.now() < endMs) await pause(5);
    const [answers = ''] = text.split('HTTP/1.1 101', 1);
    const nths = [...answers.matchAll(/^x-request-id: nth-(\d+)\r$/gim)].map(([, nth]) => Number(nth));
    if (nths.some((nth, index) => nth !== index)) complain('pipelined requests were not answered in order');
    if (nths.length < PIPELINED) complain(`of ${PIPELINED} pipelined requests ${nths.length} were answered`);
  });
}

/** Requests that two programs may read differently: each is refused, and its connection closed. */
export async function smuggling(target: Target, complain: Complain): Promise<void> {
  const inner = head('GET', '/health');
  const shapes: [string, string][] = [
    ['two lengths', `${head('POST', '/event', 'Content-Length: 5', 'Content-Length: 6')}${inner}`],
    [
      'a length and chunks',
      `${head('POST', '/event', 'Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n${inner}`,
    ],
    ['another coding', `${head('POST', '/event', 'Transfer-Encoding: gzip, chunked')}0\r\n\r\n`],
    ['a coding in disguise', `${head('POST', '/event', 'Transfer-Encoding: xchunked')}0\r\n\r\n`],
    ['a space before the colon', `${head('POST', '/event', 'Content-Length : 5')}hello`],
    ['a folded header', `${head('POST', '/event', 'X: a\r\n Content-Length: 5')}hello`],
    ['a bare line feed', 'POST /event HTTP/1.1\nHost: localhost\nContent-Length: 0\n\n'],
    ['a length that is none', `${head('POST', '/event', 'Content-Length: +5')}hello`],
    [
      'a chunk size that is none',
      `${head('POST', '/event', 'Transfer-Encoding: chunked')}0x5\r\nhello\r\n0\r\n\r\n`,
    ],
    ['two hosts', head('GET', '/health', 'Host: other')],
    ['no host', 'GET /health HTTP/1.1\r\n\r\n'],
    ['a header with NUL', head('GET', '/health', 'X: a\0b')],
  ];
  for (const [what, bytes] of shapes) {
    const socket = await dial(target);
    await write(socket, bytes);
    const status = await statusOf(socket, ANSWER_MS);
    socket.destroy();
    if (![0, 400, 501].includes(status)) complain(`a request with ${what} was answered ${status}`);
  }
}

/** WebSockets that read nothing, ping all the time, or send more than anybody should. */
export async function webSockets({ host, port }: Target, count: number, lastingMs: number): Promise<void> {
  const sockets = Array.from({ length: count }, () => new WebSocket(`ws://${host}:${port}/live`));
  sockets.forEach((socket, index) => {
    socket.on('error', () => undefined);
    socket.on('open', () => {
      if (index % 3 === 0) socket.pause();
      if (index % 3 === 1) for (let sent = 0; sent < 1000; sent++) socket.ping();
      if (index % 3 === 2) socket.send('x'.repeat(2 ** 20));
    });
  });
  await pause(lastingMs);
  for (const socket of sockets) socket.terminate();
}

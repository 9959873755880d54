import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** What an attack is made on. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** Opens a bare connection whose answers are read and thrown away; errors are what an attacker expects. */
export async function dial({ host, port }: Target): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true });
  socket.on('error', () => undefined);
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  return socket;
}

/** The head of a request with these header lines. */
export function head(method: string, path: string, ...headers: string[]): string {
  return [`${method} ${path} HTTP/1.1`, 'Host: localhost', ...headers, '', ''].join('\r\n');
}

/** Writes, and waits while the other side takes nothing, but not for ever. */
export async function write(socket: Socket, bytes: string | Buffer): Promise<void> {
  if (socket.destroyed || !socket.writable || socket.write(bytes)) return;
  await Promise.race([once(socket, 'drain'), once(socket, 'close'), pause(1000, undefined, { ref: false })]);
}

/** Resolves to the status of the first answer; 0 if the connection closes without one, or `mostMs` pass. */
export async function statusOf(socket: Socket, mostMs: number): Promise<number> {
  let text = '';
  const look = (chunk: Buffer): void => void (text += chunk.toString('latin1'));
  socket.on('data', look);
  const endMs = performance.now() + mostMs;
  while (!text.includes('\r\n') && !socket.destroyed && performance.now() < endMs) await pause(5);
  socket.off('data', look);
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
}

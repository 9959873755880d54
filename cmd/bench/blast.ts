import { connect } from 'node:net';

/** What sending came to; latencies in milliseconds, sorted. */
export interface Blast {
  readonly durationMs: number;
  readonly latenciesMs: readonly number[];
}

const LINE_END = '\r\n\r\n';

/**
 * Posts each body once, over `connections` bare sockets that wait for one answer before the next request. Throws
 * unless all are answered 2xx. It parses no more of an answer than it must, so that it is not what is measured.
 */
export async function blast(url: string, bodies: readonly Buffer[], connections: number): Promise<Blast> {
  const { hostname, port, pathname, search } = new URL(url);
  const requests = bodies.map((body) =>
    Buffer.concat([
      Buffer.from(
        `POST ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: ${body.length}${LINE_END}`,
      ),
      body,
    ]),
  );
  const waiting = requests.values();
  const latenciesMs: number[] = [];
  const startedAtMs = performance.now();
  await Promise.all(
    Array.from({ length: connections }, () => sendAll(hostname, Number(port), waiting, latenciesMs)),
  );
  return { durationMs: performance.now() - startedAtMs, latenciesMs: latenciesMs.sort((a, b) => a - b) };
}

/** Sends what the other connections leave, one after the other. */
function sendAll(
  host: string,
  port: number,
  requests: Iterator<Buffer>,
  latenciesMs: number[],
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host);
    socket.setNoDelay(true);
    let sentAtMs = 0;
    let answer = '';
    const sendNext = () => {
      const next = requests.next();
      if (next.done === true) {
        socket.destroy();
        resolve();
        return;
      }
      answer = '';
      sentAtMs = performance.now();
      socket.write(next.value);
    };
    socket.on('connect', sendNext);
    socket.on('error', reject);
    socket.on('end', () => reject(new Error('the server closed the connection')));
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      const head = answer.indexOf(LINE_END);
      if (head === -1) return;
      const length = Number(/content-length: *(\d+)/i.exec(answer.slice(0, head))?.[1] ?? 0);
      if (answer.length < head + LINE_END.length + length) return;
      if (!/^HTTP\/1\.1 2\d\d/.test(answer)) reject(new Error(`answered: ${answer.slice(0, 300)}`));
      latenciesMs.push(performance.now() - sentAtMs);
      sendNext();
    });
  });
}

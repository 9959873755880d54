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

/** What bulk requests carry: `bodies` bodies of `perBody` events. */
export interface BulkShape {
  readonly bodies: number;
  readonly perBody: number;
  readonly services: number;
}

/** The reports of a body, one after the other. */
interface Reported {
  readonly service: number;
  readonly second: number;
  readonly state: 'deploy' | 'issue';
}

/** How long a service stays in one state; services change at different times. */
const STATE_SECONDS = 30;

/** Every service once a second, from `startSecond` on. Bodies repeat nothing: reports are a set. */
function* reportsOf({ perBody, services }: BulkShape, body: number, startSecond: number): Iterable<Reported> {
  for (let index = body * perBody; index < (body + 1) * perBody; index++) {
    const service = index % services;
    const second = startSecond + Math.floor(index / services);
    const state = (Math.floor(second / STATE_SECONDS) + service) % 3 === 0 ? 'issue' : 'deploy';
    yield { service, second, state };
  }
}

/** The reports as bodies of `POST /events`. */
export function jsonBodies(shape: BulkShape, startSecond: number): Buffer[] {
  return Array.from({ length: shape.bodies }, (_, body) => jsonBody(shape, body, startSecond));
}

/** One of them; `body` counts on for as long as one likes. */
export function jsonBody(shape: BulkShape, body: number, startSecond: number): Buffer {
  const items: string[] = [];
  for (const { service, second, state } of reportsOf(shape, body, startSecond)) {
    items.push(`{"service_name":"service-${service}","state":"${state}","timestamp":${second}}`);
  }
  return Buffer.from(`[${items.join(',')}]`);
}

/** The same reports in InfluxDB's line protocol; as numbers where texts are not kept. */
export function lineBodies(shape: BulkShape, startSecond: number, asNumbers: boolean): Buffer[] {
  const value = (state: 'deploy' | 'issue') => (asNumbers ? (state === 'issue' ? '1' : '0') : `"${state}"`);
  return Array.from({ length: shape.bodies }, (_, body) => {
    const lines = Array.from(
      reportsOf(shape, body, startSecond),
      ({ service, second, state }) =>
        `report,service_name=service-${service} state=${value(state)} ${second}`,
    );
    return Buffer.from(lines.join('\n'));
  });
}

/** Payload events as bodies of `POST /events`, about 130 bytes each. */
export function payloadBodies(bodies: number, perBody: number, startSecond: number): Buffer[] {
  return Array.from({ length: bodies }, (_, body) => {
    const items = Array.from({ length: perBody }, (_, index) => {
      const data = `{"user":${index},"action":"click","path":"/home/${index % 100}","agent":"Mozilla/5.0 (X11; Linux x86_64)","body":${body}}`;
      return `{"timestamp":${(startSecond + body + index / perBody).toFixed(6)},"data":${data}}`;
    });
    return Buffer.from(`[${items.join(',')}]`);
  });
}

const shape = { bodies: 60, perBody: 10_000, services: 1000 };
const CONNECTIONS = 4;
const DAY_SECONDS = 86_400;

/** Returns a measurement of bulk ingest, in millions of reports per second; each one goes on in time. */
export function bulkRate(url: string): () => Promise<number> {
  const reports = shape.bodies * shape.perBody;
  let startSecond = Math.floor(Date.now() / 1000) - 5 * DAY_SECONDS;
  return async () => {
    const bodies = jsonBodies(shape, startSecond);
    startSecond += reports / shape.services;
    const { durationMs } = await blast(`${url}/events`, bodies, CONNECTIONS);
    return reports / durationMs / 1000;
  };
}

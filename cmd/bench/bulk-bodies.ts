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
  return Array.from({ length: shape.bodies }, (_, body) => {
    const items = Array.from(
      reportsOf(shape, body, startSecond),
      ({ service, second, state }) =>
        `{"service_name":"service-${service}","state":"${state}","timestamp":${second}}`,
    );
    return Buffer.from(`[${items.join(',')}]`);
  });
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

import { blast } from './blast.ts';
import { jsonBodies } from './bulk-bodies.ts';

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

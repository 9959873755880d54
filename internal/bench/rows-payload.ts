import type pg from 'pg';

import { copyRows } from '../database/copy.ts';
import { eventParser } from '../events/parse.ts';
import { blast, payloadBodies } from './bulk.ts';
import { connectTo, withMinikom } from './programs.ts';
import { alternate, type Row } from './row.ts';

const BODIES = 80;
const PER_BODY = 12_000;
const CONNECTIONS = 8;
const COPY_CONNECTIONS = 2;
const DAY_SECONDS = 86_400;
const SECONDS_AHEAD = 60;

/** The bodies' rows as binary COPY wants them. */
function rowsOf(bodies: readonly Buffer[]): Uint8Array[][] {
  const parser = eventParser({ begin: () => ({ add: () => [], finish: () => [] }), buffersOf: () => [] });
  return bodies.map((body) => {
    const { parts } = parser.parse(body, {
      format: 'array',
      maxEvents: PER_BODY,
      batchSize: PER_BODY,
      shards: 1,
      nowSeconds: Date.now() / 1000,
      maxFutureSeconds: SECONDS_AHEAD,
    });
    return parts.map(({ rows }) => rows);
  });
}

/** Millions of rows per second that COPY takes, one body a transaction, from all connections at once. */
async function copyAll(
  clients: readonly pg.Client[],
  table: string,
  bodies: Uint8Array[][],
): Promise<number> {
  const waiting = bodies.values();
  const startedAtMs = performance.now();
  await Promise.all(
    clients.map(async (client) => {
      for (const rows of waiting) {
        await copyRows(client, `copy ${table} (event_time, data) from stdin (format binary)`, rows);
      }
    }),
  );
  return (BODIES * PER_BODY) / (performance.now() - startedAtMs) / 1000;
}

function payloadRow(against: string, hasKey: boolean): Row {
  return {
    work: `payload events, ${PER_BODY.toLocaleString('en')} a body, ${CONNECTIONS} connections`,
    against: `COPY of the same rows, ${COPY_CONNECTIONS} connections, ${against}`,
    aim: '≥ 0.5',
    measure: ({ rounds }) =>
      withMinikom(async (minikom) => {
        const clients = await Promise.all(
          Array.from({ length: COPY_CONNECTIONS }, () => connectTo(minikom.dataDir)),
        );
        const [client] = clients;
        const settings = hasKey ? 'including all' : 'including defaults';
        let startSecond = Math.floor(Date.now() / 1000) - 5 * DAY_SECONDS;
        const nextBodies = () => payloadBodies(BODIES, PER_BODY, (startSecond += BODIES));
        try {
          await client?.query(`create table copied (like payload_events ${settings})`);
          await client?.query(`alter table copied alter column received_day set default current_date`);
          const comparison = await alternate(
            rounds,
            async () => {
              const { durationMs } = await blast(`${minikom.url}/events`, nextBodies(), CONNECTIONS);
              return (BODIES * PER_BODY) / durationMs / 1000;
            },
            () => copyAll(clients, 'copied', rowsOf(nextBodies())),
          );
          return { kind: 'compared', comparison, unit: 'M/s' };
        } finally {
          await Promise.all(clients.map((one) => one.end()));
        }
      }),
  };
}

export const payloadRows: readonly Row[] = [
  payloadRow('a table with the same primary key', true),
  payloadRow('a table without any index', false),
];

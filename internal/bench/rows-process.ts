import { fileURLToPath } from 'node:url';

import { blast, bulkRate, jsonBodies, payloadBodies } from './bulk.ts';
import { residentMemory } from '../program/resident-memory.ts';
import { startChild, withFolder, withMinikom } from './programs.ts';
import { type Row, spread } from './row.ts';

const BODIES = 150;
const PER_BODY = 12_000;
const CONNECTIONS = 8;
const SINGLE_EVENTS = 2000;
const DAY_SECONDS = 86_400;
const LOOP_DELAY_LINE = /loop delay (\d+(?:\.\d+)?)/;

const startSecond = () => Math.floor(Date.now() / 1000) - 5 * DAY_SECONDS;

const idleMemory: Row = {
  work: 'memory of the service, idle, after one request',
  against: '–',
  aim: '≤ 150 MiB',
  measure: () =>
    withMinikom(async ({ url, pid }) => {
      await blast(`${url}/event`, [Buffer.from('{"service_name":"a","state":"issue","timestamp":1}')], 1);
      return { kind: 'measured', figure: spread([residentMemory(pid).now]), unit: 'MiB' };
    }),
};

const busyMemory: Row = {
  work: 'memory of the service, under bulk reports and payload events',
  against: '–',
  aim: '≤ 350 MiB',
  measure: ({ rounds }) =>
    withMinikom(async ({ url, pid }) => {
      const sendReports = bulkRate(url);
      const most: number[] = [];
      for (let round = 0; round < rounds; round++) {
        await sendReports();
        await blast(`${url}/events`, payloadBodies(BODIES / 2, PER_BODY, startSecond()), CONNECTIONS);
        most.push(residentMemory(pid).most);
      }
      return {
        kind: 'measured',
        figure: spread(most),
        unit: 'MiB',
        note: 'the most since the start, each round',
      };
    }),
};

const eventLoop: Row = {
  work: `event loop delay, p99, ${PER_BODY.toLocaleString('en')}-event bodies over ${CONNECTIONS} connections beside single events`,
  against: '–',
  aim: '≤ 50 ms',
  measure: ({ rounds }) => {
    const observer = new URL('observe-loop.js', import.meta.url).href;
    return withMinikom(
      async (minikom) => {
        const { url, pid } = minikom;
        const delays: number[] = [];
        const latencies: number[] = [];
        for (let round = 0; round <= rounds; round++) {
          const reports = { bodies: BODIES / 2, perBody: PER_BODY, services: 1000 };
          const bulk = [
            ...jsonBodies(reports, startSecond() + round * 3600),
            ...payloadBodies(BODIES / 2, PER_BODY, startSecond()),
          ];
          const single = Array.from({ length: SINGLE_EVENTS }, (_, index) =>
            Buffer.from(
              `{"service_name":"single-${index % 100}","state":"issue","timestamp":${startSecond() + index}}`,
            ),
          );
          const [, { latenciesMs }] = await Promise.all([
            blast(`${url}/events`, bulk, CONNECTIONS),
            blast(`${url}/event`, single, 4),
          ]);
          const line = minikom.nextLine((text) => LOOP_DELAY_LINE.test(text));
          process.kill(pid, 'SIGUSR2');
          // The first round is a warm-up.
          if (round > 0) delays.push(Number(LOOP_DELAY_LINE.exec(await line)?.[1]));
          if (round > 0) latencies.push(latenciesMs[Math.floor(latenciesMs.length * 0.99)] ?? NaN);
          else await line;
        }
        const note = `single events beside them: p99 ${spread(latencies).median.toFixed(0)} ms`;
        return { kind: 'measured', figure: spread(delays), unit: 'ms', note };
      },
      { NODE_OPTIONS: `--import=${observer}` },
    );
  },
};

const startTime: Row = {
  work: '`start.sh` when set up already, until ready',
  against: '–',
  aim: '≤ 3 s',
  measure: ({ rounds }) =>
    withFolder(async (dataDir) => {
      const script = fileURLToPath(new URL('../../../scripts/start.sh', import.meta.url));
      const seconds: number[] = [];
      for (let round = 0; round <= rounds; round++) {
        const startedAtMs = performance.now();
        const child = await startChild(script, [], { DATA_DIR: dataDir, PORT: '0' }, (line) =>
          line.includes('"minikom is ready"') ? line : undefined,
        );
        // The first one makes the database.
        if (round > 0) seconds.push((performance.now() - startedAtMs) / 1000);
        await child.stop();
      }
      return { kind: 'measured', figure: spread(seconds), unit: 's' };
    }),
};

export const processRows: readonly Row[] = [idleMemory, busyMemory, eventLoop, startTime];

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { startChild, withMinikom } from './programs.ts';
import { alternate, type Row } from './row.ts';
import { influxDb, withTimeSeries } from './time-series.ts';

const run = promisify(execFile);

/** Debian package "wrk". */
const WRK = '/usr/bin/wrk';

const work = 'single `POST /event`, 64 connections, 1,000 services';
const noWrk = { kind: 'skipped', why: 'wrk is not installed' } as const;

const againstKoa: Row = {
  work,
  against: 'bare Koa app',
  aim: '≥ 0.90',
  measure: ({ rounds, seconds }) => {
    if (!existsSync(WRK)) return Promise.resolve(noWrk);
    return withMinikom(async (minikom) => {
      const file = new URL('bare-koa.js', import.meta.url).pathname;
      const koa = await startChild(process.execPath, [file], {}, (line) => line);
      try {
        const comparison = await alternate(
          rounds,
          () => requestsPerSecond(`${minikom.url}/event`, 'post-event.lua', seconds),
          () => requestsPerSecond(`${koa.url}/event`, 'post-event.lua', seconds),
        );
        return { kind: 'compared', comparison, unit: '/s' };
      } finally {
        await koa.stop();
      }
    });
  },
};

const againstInflux: Row = {
  work,
  against: `${influxDb.name}, one line a request`,
  aim: '≥ 1.2',
  measure: async ({ rounds, seconds }) => {
    if (!existsSync(WRK)) return noWrk;
    const comparison = await withTimeSeries(influxDb, (writeUrl) =>
      withMinikom((minikom) =>
        alternate(
          rounds,
          () => requestsPerSecond(`${minikom.url}/event`, 'post-event.lua', seconds),
          () => requestsPerSecond(writeUrl, 'influx-write.lua', seconds),
        ),
      ),
    );
    return comparison === undefined
      ? { kind: 'skipped', why: `${influxDb.package} is not installed` }
      : { kind: 'compared', comparison, unit: '/s' };
  },
};

export const singleRows: readonly Row[] = [againstKoa, againstInflux];

/** Requests per second over 64 connections. Throws if any answer was not 2xx. */
async function requestsPerSecond(url: string, script: string, seconds: number): Promise<number> {
  // Lua is not compiled: it lies beside the sources, not in dist/.
  const file = fileURLToPath(new URL(`../../../internal/bench/${script}`, import.meta.url));
  const options = ['--threads', '1', '--connections', '64', '--duration', `${seconds}s`, '--script', file];
  const { stdout } = await run(WRK, [...options, url]);
  const failures = /Non-2xx.*|Socket errors.*/.exec(stdout);
  if (failures !== null) throw new Error(`wrk at ${url}: ${failures[0]}`);
  const rate = /Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1];
  if (rate === undefined) throw new Error(`wrk printed no rate:\n${stdout}`);
  return Number(rate);
}

import { existsSync } from 'node:fs';

import { alternate } from './alternate.ts';
import { startChild } from './child.ts';
import { withMinikom } from './minikom.ts';
import type { Row } from './row.ts';
import { influxDb, withTimeSeries } from './time-series.ts';
import { requestsPerSecond, WRK } from './wrk.ts';

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

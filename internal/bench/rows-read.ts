import type pg from 'pg';

import { readSections } from '../config/config.ts';
import { servicesSection } from '../services/config.ts';
import { gapsFrom } from '../services/gaps.ts';
import { advanceCheckpoints } from '../services/history/checkpoints.ts';
import { bulkRate } from './bulk.ts';
import { residentMemory } from '../program/resident-memory.ts';
import { connectTo, withMinikom } from './programs.ts';
import { alternate, type Row, spread } from './row.ts';

const READS = 15;
const HOUR_SECONDS = 3600;
const HOURS_PER_YEAR = 8760;
const INTERVALS_PER_HOUR = 3.5;

/** Puts services into the database: each with one hour, of one deploy and one issue. */
function addServices(client: pg.Client, count: number): Promise<unknown> {
  const hour = Math.floor(Date.now() / 1000 / HOUR_SECONDS) - 1;
  return client.query(`
    insert into observations (bucket, service_name, hour, deploy, issue)
    select minikom_bucket('service-' || n), 'service-' || n, ${hour}, '{[10,70)}', '{[900,1500)}' from generate_series(1, ${count}) as n;
    insert into services (bucket, service_name, newest_hour)
    select minikom_bucket('service-' || n), 'service-' || n, ${hour} from generate_series(1, ${count}) as n;
    analyze observations; analyze services`);
}

/** Puts services into the database that were in one state for all of so many hours, with the checkpoints they have then. */
async function addSteadyServices(client: pg.Client, count: number, hours: number): Promise<void> {
  const newest = Math.floor(Date.now() / 1000 / HOUR_SECONDS) - 1;
  await client.query(`
    insert into observations (bucket, service_name, hour, deploy, issue)
    select minikom_bucket('service-' || n), 'service-' || n, hour, '{[0,3600)}', '{}'
    from generate_series(1, ${count}) as n, generate_series(${newest - hours + 1}, ${newest}) as hour;
    insert into services (bucket, service_name, newest_hour)
    select minikom_bucket('service-' || n), 'service-' || n, ${newest} from generate_series(1, ${count}) as n;
    analyze observations; analyze services`);
  await advanceCheckpoints(client, newest, gapsFrom(readSections([servicesSection], {}).GAP_SECONDS));
}

/** Puts a service with that many hours into the database, each with three or four intervals. */
function addHistory(client: pg.Client, serviceName: string, hours: number): Promise<unknown> {
  const newest = Math.floor(Date.now() / 1000 / HOUR_SECONDS) - 1;
  return client.query(`
    insert into observations (bucket, service_name, hour, deploy, issue)
    select minikom_bucket('${serviceName}'), '${serviceName}', ${newest} - n, '{[10,70)}',
      case when n % 2 = 0 then '{[900,1500),[2000,2300)}' else '{[900,1500),[2000,2300),[3000,3100)}' end::int4multirange
    from generate_series(0, ${hours - 1}) as n;
    insert into services (bucket, service_name, newest_hour) values (minikom_bucket('${serviceName}'), '${serviceName}', ${newest});
    analyze observations; analyze services`);
}

const addSteadyDay: AddServices = (client, count) => addSteadyServices(client, count, 24);

async function readMs(url: string): Promise<number> {
  const startedAtMs = performance.now();
  const response = await fetch(url);
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`${response.status} for ${url}`);
  return performance.now() - startedAtMs;
}

async function readMany(url: string): Promise<number[]> {
  const latencies: number[] = [];
  for (let read = 0; read < READS; read++) latencies.push(await readMs(url));
  return latencies;
}

type AddServices = (client: pg.Client, count: number) => Promise<unknown>;

function allServices(count: number, aim: string, add: AddServices = addServices, which = ''): Row {
  return {
    work: `\`GET /services\`, ${count.toLocaleString('en')} services${which}`,
    against: '–',
    aim,
    measure: () =>
      withMinikom(async (minikom) => {
        const client = await connectTo(minikom.dataDir);
        await add(client, count);
        await client.end();
        const url = `${minikom.url}/services`;
        await readMany(url);
        const before = residentMemory(minikom.pid);
        const figure = spread(await readMany(url));
        const after = residentMemory(minikom.pid);
        const note = `resident ${before.now.toFixed(0)} → ${after.now.toFixed(0)} MiB after ${READS} more reads`;
        return { kind: 'measured', figure, unit: 'ms', note };
      }),
  };
}

const oneService: Row = {
  work: `\`GET /services/:name/latest-events\` after a year (${Math.round(HOURS_PER_YEAR * INTERVALS_PER_HOUR).toLocaleString('en')} intervals)`,
  against: 'after a day',
  aim: '≤ 1.3',
  measure: ({ rounds }) =>
    withMinikom(async (minikom) => {
      const client = await connectTo(minikom.dataDir);
      await addHistory(client, 'a-year', HOURS_PER_YEAR);
      await addHistory(client, 'a-day', 24);
      await client.end();
      const median = async (name: string) =>
        spread(await readMany(`${minikom.url}/services/${name}/latest-events`)).median;
      const comparison = await alternate(
        rounds,
        () => median('a-year'),
        () => median('a-day'),
      );
      return { kind: 'compared', comparison, unit: 'ms' };
    }),
};

/** As many as are in sight, all of which had two or three issues in each hour of the year. */
const LISTED = 30;

const monthOfMany: Row = {
  work: `\`GET /shares\` of ${LISTED} services after a year each`,
  against: '–',
  aim: '≤ 300 ms',
  measure: () =>
    withMinikom(async (minikom) => {
      const names = Array.from({ length: LISTED }, (_, index) => `listed-${index}`);
      const client = await connectTo(minikom.dataDir);
      for (const name of names) await addHistory(client, name, HOURS_PER_YEAR);
      await client.end();
      const url = `${minikom.url}/shares?${names.map((name) => `service=${name}`).join('&')}`;
      await readMany(url);
      return { kind: 'measured', figure: spread(await readMany(url)), unit: 'ms', note: '–' };
    }),
};

const manyKnown: Row = {
  work: 'bulk ingest of 1,000 services, 1 M more known',
  against: 'only those known',
  aim: '≥ 0.8',
  measure: ({ rounds }) =>
    withMinikom((large) =>
      withMinikom(async (small) => {
        const client = await connectTo(large.dataDir);
        await addServices(client, 1_000_000);
        await client.end();
        const comparison = await alternate(rounds, bulkRate(large.url), bulkRate(small.url));
        return { kind: 'compared', comparison, unit: 'M/s' };
      }),
    ),
};

export const readRows: readonly Row[] = [
  allServices(10_000, '≤ 40 ms'),
  allServices(100_000, '≤ 400 ms'),
  allServices(10_000, '–', addSteadyDay, ', each in one state for a day'),
  oneService,
  monthOfMany,
  manyKnown,
];

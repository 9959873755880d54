import { setTimeout as pause } from 'node:timers/promises';

import type pg from 'pg';

import { blast, jsonBody } from './bulk.ts';
import { residentMemory } from '../program/resident-memory.ts';
import { postgresTime, processorTime } from './processor-time.ts';
import { connectTo, withMinikom, type Minikom } from './programs.ts';
import { alternate, type Row } from './row.ts';

const HOUR_SECONDS = 3600;
const DAY_HOURS = 24;
const YEAR_HOURS = 8760;
const FEW = 1000;
// As many a second as this machine takes beside those who send them; more services are reported less often than once a second.
const MOST_A_SECOND = 60_000;
const PER_BODY = 10_000;
const LEAST_SECONDS = 20;
const LISTED = 200;
const READS = 300;
const AIM = '≤ 1.3';

/** What a stretch of reports cost. */
interface Cost {
  readonly reports: number;
  /** Processor time a report, in microseconds. */
  readonly service: number;
  readonly postgres: number;
  readonly walBytes: number;
  /** Share of updates of observations that moved no index entry. */
  readonly hot: number;
}

/** Services of which each reports once a second, as far as that goes, with what it came to told as it is measured. */
class Reporters {
  readonly #minikom: Minikom;
  readonly #client: pg.Client;
  readonly #services: number;
  readonly #startSecond: number;
  #sent = 0;

  private constructor(minikom: Minikom, client: pg.Client, services: number, startSecond: number) {
    this.#minikom = minikom;
    this.#client = client;
    this.#services = services;
    this.#startSecond = startSecond;
  }

  /** All of them have rows of the hour that they go on with, as they have for all but the first second of an hour. */
  static async in(minikom: Minikom, services: number): Promise<Reporters> {
    const hour = Math.floor(Date.now() / 1000 / HOUR_SECONDS) - 1;
    const client = await connectTo(minikom.dataDir);
    await client.query(`
      insert into observations (bucket, service_name, hour, deploy, issue)
      select minikom_bucket('service-' || n), 'service-' || n, ${hour}, '{[10,70)}', '{[900,1500)}'
      from generate_series(0, ${services - 1}) as n`);
    await client.query(`
      insert into services (bucket, service_name, newest_hour)
      select minikom_bucket('service-' || n), 'service-' || n, ${hour} from generate_series(0, ${services - 1}) as n`);
    await client.query('vacuum analyze observations');
    await client.query('vacuum analyze services');
    await client.query('checkpoint');
    return new Reporters(minikom, client, services, hour * HOUR_SECONDS + HOUR_SECONDS / 2);
  }

  /** Reports for so long, and waits until all is settled; resolves to the processor time a report. */
  async cost(seconds: number): Promise<number> {
    const before = await this.#figures();
    const perBody = Math.min(PER_BODY, this.#services);
    const rate = Math.min(this.#services, MOST_A_SECOND) / perBody;
    const shape = { bodies: 0, perBody, services: this.#services };
    const startedAtMs = performance.now();
    const bodies = Math.ceil(seconds * rate);
    const sending = new Set<Promise<unknown>>();
    for (let body = 0; body < bodies; body++) {
      await pause(Math.max(0, startedAtMs + (body * 1000) / rate - performance.now()));
      const bytes = jsonBody(shape, this.#sent++, this.#startSecond);
      const sent = blast(`${this.#minikom.url}/events`, [bytes], 1).finally(() => sending.delete(sent));
      sending.add(sent);
      if (sending.size >= 4) await Promise.race(sending);
    }
    await Promise.all(sending);
    const tookMs = performance.now() - startedAtMs;
    while ((await this.#client.query('select from pending_reports limit 1')).rowCount !== 0) await pause(100);
    const after = await this.#figures();
    const reports = bodies * perBody;
    const cost: Cost = {
      reports,
      service: (after.service - before.service) / reports,
      postgres: (after.postgres - before.postgres) / reports,
      walBytes: (after.wal - before.wal) / reports,
      hot: (after.hot - before.hot) / (after.updates - before.updates),
    };
    process.stderr.write(
      `${this.#services} services, ${Math.round((reports * 1000) / tookMs)} reports/s: ` +
        `service ${cost.service.toFixed(2)} µs, PostgreSQL ${cost.postgres.toFixed(2)} µs, ` +
        `WAL ${cost.walBytes.toFixed(1)} bytes, ${((after.updates - before.updates) / reports).toFixed(3)} updates a report, ` +
        `${(100 * cost.hot).toFixed(1)} % of them HOT; ${after.mebibytes.toFixed(0)} MiB of tables, ` +
        `service resident at most ${residentMemory(this.#minikom.pid).most.toFixed(0)} MiB\n`,
    );
    return cost.service + cost.postgres;
  }

  end(): Promise<void> {
    return this.#client.end();
  }

  async #figures() {
    // Sessions tell of what they did a second later at most.
    await pause(1500);
    const { rows } = await this.#client.query<Record<'wal' | 'updates' | 'hot' | 'mebibytes', number>>(`
      select (pg_current_wal_lsn() - '0/0')::float8 as wal, n_tup_upd::float8 as updates, n_tup_hot_upd::float8 as hot,
        (pg_total_relation_size('observations') + pg_total_relation_size('services')) / 1048576.0::float8 as mebibytes
      from pg_stat_user_tables where relname = 'observations'`);
    const [told] = rows;
    if (told === undefined) throw new Error('there is no table of observations');
    const { pid, dataDir } = this.#minikom;
    return { ...told, service: processorTime(pid), postgres: postgresTime(dataDir) };
  }
}

/** What a report costs service and PostgreSQL, of so many services against few. */
function ingestRow(services: number): Row {
  return {
    work: `processor time a report, ${services.toLocaleString('en')} services`,
    against: `${FEW.toLocaleString('en')} services, a report each per second`,
    aim: AIM,
    measure: ({ rounds, seconds }) =>
      withMinikom((large) =>
        withMinikom(async (small) => {
          const many = await Reporters.in(large, services);
          const few = await Reporters.in(small, FEW);
          const lasts = Math.max(LEAST_SECONDS, seconds);
          const comparison = await alternate(
            rounds,
            () => many.cost(lasts),
            () => few.cost(lasts),
          );
          await many.end();
          await few.end();
          return { kind: 'compared', comparison, unit: 'µs' };
        }),
      ),
  };
}

/** Has `LISTED` services with an issue or two in each of so many hours. */
async function addHistories(client: pg.Client, hours: number): Promise<void> {
  const newest = Math.floor(Date.now() / 1000 / HOUR_SECONDS) - 1;
  await client.query(`
    insert into observations (bucket, service_name, hour, deploy, issue)
    select minikom_bucket('service-' || n), 'service-' || n, ${newest} - hour, '{[10,70)}',
      case when hour % 2 = 0 then '{[900,1500)}' else '{[900,1500),[2000,2300)}' end::int4multirange
    from generate_series(1, ${LISTED}) as n, generate_series(0, ${hours - 1}) as hour`);
  await client.query(`
    insert into services (bucket, service_name, newest_hour)
    select minikom_bucket('service-' || n), 'service-' || n, ${newest} from generate_series(1, ${LISTED}) as n`);
  await client.query('vacuum analyze observations');
  await client.query('vacuum analyze services');
}

/** What a read costs service and PostgreSQL after a year of all services, against after a day. */
function readRow(what: string, pathOf: (read: number) => string): Row {
  return {
    work: `processor time of ${what} after a year of ${LISTED} services`,
    against: 'after a day of them',
    aim: AIM,
    measure: ({ rounds }) =>
      withMinikom((year) =>
        withMinikom(async (day) => {
          const of = async (minikom: Minikom, hours: number) => {
            const client = await connectTo(minikom.dataDir);
            await addHistories(client, hours);
            await client.end();
            return () => readCost(minikom, pathOf);
          };
          const comparison = await alternate(rounds, await of(year, YEAR_HOURS), await of(day, DAY_HOURS));
          return { kind: 'compared', comparison, unit: 'µs' };
        }),
      ),
  };
}

async function readCost({ url, pid, dataDir }: Minikom, pathOf: (read: number) => string): Promise<number> {
  const now = () => processorTime(pid) + postgresTime(dataDir);
  const before = now();
  for (let read = 0; read < READS; read++) {
    const response = await fetch(url + pathOf(read));
    await response.arrayBuffer();
    if (response.status !== 200) throw new Error(`${response.status} for ${pathOf(read)}`);
  }
  return (now() - before) / READS;
}

const nameOf = (read: number) => `service-${(read % LISTED) + 1}`;
const dayAgo = () => Math.floor(Date.now() / 1000) - DAY_HOURS * HOUR_SECONDS;

/** How costs grow with what there is: services, and history. */
export const growthRows: readonly Row[] = [
  ...[10_000, 30_000, 100_000, 300_000, 1_000_000].map(ingestRow),
  readRow('`GET /services/:name/latest-events`', (read) => `/services/${nameOf(read)}/latest-events`),
  readRow(
    '`GET /timelines` of a day',
    (read) => `/timelines?service=${nameOf(read)}&from=${dayAgo()}&to=${dayAgo() + DAY_HOURS * HOUR_SECONDS}`,
  ),
  readRow('`GET /services?limit=100`', () => '/services?limit=100'),
];

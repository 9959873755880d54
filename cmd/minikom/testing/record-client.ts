import { expect } from 'chai';
import pg from 'pg';

import { formatInstant, parseInstant } from '../../../internal/time/instant.ts';
import { send, type Answer, type WireRequest } from '../../../internal/testing/wire.ts';
import { startTestService, type TestService } from './start-test-service.ts';

/** A deployment record as it is sent and answered. */
export interface RecordBody {
  readonly Component: string;
  readonly Environment: string;
  readonly State: string;
  readonly Timestamp: string;
}

/** A record of component web; its time counts from 2026-03-01T12:00:00Z. */
export function recordBody(seconds: number, more: Partial<RecordBody> = {}): RecordBody {
  const second = 1_772_366_400 + seconds;
  const Timestamp = formatInstant({ second, nanosecond: 0 });
  return { Component: 'web', Environment: 'prod', State: 'started', Timestamp, ...more };
}

/** As the service writes it, in the time zone of this process. */
export function asWritten(record: RecordBody): RecordBody {
  const instant = parseInstant(record.Timestamp);
  if (instant === undefined) throw new Error(`${record.Timestamp} is no time`);
  return { ...record, Timestamp: formatInstant(instant) };
}

/** Sends records to the service at `url`. */
export function postRecords(url: string, records: readonly unknown[]): Promise<Answer> {
  return send(url, { method: 'POST', path: '/records', body: JSON.stringify({ Records: records }) });
}

/** The records that a path answers. */
export async function getRecords(url: string, path: string): Promise<RecordBody[]> {
  const { status, text } = await send(url, { path });
  expect(status, text).to.equal(200);
  return (JSON.parse(text) as { Records: RecordBody[] }).Records;
}

/** A service for the tests of the surrounding `describe`, emptied of records before each. */
export interface RecordSurface {
  readonly url: string;
  readonly port: string;
  readonly database: pg.Client;
  send(request: WireRequest): Promise<Answer>;
  /** Sends to `POST /records`; what is not text or bytes is sent as the list of records. */
  post(body: unknown, headers?: WireRequest['headers']): Promise<Answer>;
  store(...records: readonly RecordBody[]): Promise<void>;
  get(path: string): Promise<RecordBody[]>;
  /** Expects that nothing is stored. */
  expectNothingStored(): Promise<void>;
}

export function useRecords(environment: Readonly<Record<string, string>> = {}): RecordSurface {
  let service: TestService;
  let database: pg.Client;

  before(async () => {
    service = await startTestService({ environment });
    database = new pg.Client({ connectionString: service.connectionString });
    await database.connect();
  });

  after(async () => {
    await database.end();
    await service.stop();
  });

  beforeEach(async () => {
    await database.query('truncate deployment_records, record_details, current_records');
  });

  const surface: RecordSurface = {
    get url() {
      return service.url;
    },
    get port() {
      return new URL(service.url).port;
    },
    get database() {
      return database;
    },
    send: (request) => send(service.url, request),
    post(body, headers = {}) {
      const bytes =
        typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify({ Records: body });
      return surface.send({ method: 'POST', path: '/records', headers, body: bytes });
    },
    async store(...records) {
      const { status, text } = await surface.post(records);
      expect({ status, text }).to.deep.equal({ status: 200, text: 'Ok' });
    },
    get: (path) => getRecords(service.url, path),
    async expectNothingStored() {
      for (const table of ['deployment_records', 'current_records']) {
        expect((await database.query(`select from ${table}`)).rowCount, table).to.equal(0);
      }
    },
  };
  return surface;
}

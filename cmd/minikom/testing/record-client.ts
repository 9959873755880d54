import { expect } from 'chai';

import { formatInstant, parseInstant } from '../../../internal/time/instant.ts';
import type { Answer, Asked, WireRequest } from '../../../internal/testing/wire.ts';
import { getJson, post } from './asking.ts';
import type { ServiceOptions, UsedService } from './use-service.ts';

const START = Date.parse('2026-03-01T12:00:00Z') / 1000;

export const tablesOfRecords = ['deployment_records', 'record_details', 'current_records'];

/** What comes of records is emptied, and those of {@link recordBody} were some days ago. */
export const ofRecords = {
  tables: tablesOfRecords,
  nowSeconds: START + 7 * 86_400,
} satisfies ServiceOptions;

/** A deployment record as it is sent and answered. */
export interface RecordBody {
  readonly Component: string;
  readonly Environment: string;
  readonly State: string;
  readonly Timestamp: string;
}

/** A record of component web; its time counts from 2026-03-01T12:00:00Z. */
export function recordBody(seconds: number, more: Partial<RecordBody> = {}): RecordBody {
  const Timestamp = formatInstant({ second: START + seconds, nanosecond: 0 });
  return { Component: 'web', Environment: 'prod', State: 'started', Timestamp, ...more };
}

/** As the service writes it, in the time zone of this process. */
export function asWritten(record: RecordBody): RecordBody {
  const instant = parseInstant(record.Timestamp);
  if (instant === undefined) throw new Error(`${record.Timestamp} is no time`);
  return { ...record, Timestamp: formatInstant(instant) };
}

/** Sends to `POST /records`; what is not text or bytes is sent as the list of records. */
export function postRecords(
  service: Asked,
  records: unknown,
  headers?: WireRequest['headers'],
): Promise<Answer> {
  const isRaw = typeof records === 'string' || Buffer.isBuffer(records);
  return post(service, '/records', isRaw ? records : { Records: records }, headers);
}

/** The same, for records that are to be taken. */
export async function storeRecords(service: Asked, ...records: readonly RecordBody[]): Promise<void> {
  const { status, text } = await postRecords(service, records);
  expect({ status, text }).to.deep.equal({ status: 200, text: 'Ok' });
}

/** The records that a path answers. */
export async function getRecords(service: Asked, path: string): Promise<RecordBody[]> {
  return ((await getJson(service, path)) as { Records: RecordBody[] }).Records;
}

/** Expects that nothing is stored. */
export async function expectNoRecords({ database }: UsedService): Promise<void> {
  for (const table of tablesOfRecords) {
    expect((await database.query(`select from ${table}`)).rowCount, table).to.equal(0);
  }
}

import type pg from 'pg';

import { cursorCodec } from '../frontdoor/pages.ts';
import type { Instant } from '../time/instant.ts';
import { environmentFault, stateFault, type DeploymentRecord } from './record.ts';

/** The place of a record in its component's history, which is read oldest first. */
export interface Place extends Instant {
  readonly environment: string;
  readonly state: string;
}

/** Before everything of that instant and later: no record has an empty environment. */
export function placeBefore({ second, nanosecond }: Instant): Place {
  return { second, nanosecond, environment: '', state: '' };
}

/** Before everything. */
export const START = placeBefore({ second: Number.MIN_SAFE_INTEGER, nanosecond: 0 });
/** After everything. */
export const END: Instant = { second: Number.MAX_SAFE_INTEGER, nanosecond: 0 };

/** The places of records as cursors. */
export const recordCursor = cursorCodec<Place>(
  'record 1',
  ({ second, nanosecond, environment, state }) => [second, nanosecond, environment, state],
  ([second, nanosecond, environment, state]) => {
    const isText = typeof environment === 'string' && typeof state === 'string';
    if (!isText || environmentFault(environment) !== undefined || stateFault(state) !== undefined) {
      return undefined;
    }
    if (!isInteger(second) || !isInteger(nanosecond) || nanosecond < 0 || nanosecond >= 1e9) return undefined;
    return { second, nanosecond, environment, state };
  },
);

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

interface Row {
  readonly component: string;
  readonly environment: string;
  readonly state: string;
  /** pg gives int8 as text. */
  readonly second: string;
  readonly nanosecond: number;
  readonly version: string | null;
  readonly made_by: string | null;
  readonly url: string | null;
}

/** At most `limit` of the current records after this component and environment, in that order. */
export async function currentRecords(
  database: pg.Pool,
  after: { readonly component: string; readonly environment: string },
  limit: number,
): Promise<DeploymentRecord[]> {
  const { rows } = await database.query<Row>({
    name: 'current records',
    text: `
      select component, environment, state, second, nanosecond, version, made_by, url
      from current_records
      left join record_details using (component, second, nanosecond, environment, state)
      where (component, environment) > ($1, $2)
      order by component, environment
      limit $3`,
    values: [after.component, after.environment, limit],
  });
  return rows.map(toRecord);
}

/** Which records of a component to read. */
export interface HistoryRange {
  /** Only what comes after this place. */
  readonly after: Place;
  /** Only what is before this instant. */
  readonly to: Instant;
  /** Only what is of this environment, if given. */
  readonly environment: string | undefined;
}

/** At most `limit` records of one component, oldest first. */
export async function historyOf(
  database: pg.Pool,
  component: string,
  { after, to, environment }: HistoryRange,
  limit: number,
): Promise<DeploymentRecord[]> {
  const { rows } = await database.query<Row>({
    name: 'history of a component',
    text: `
      select component, environment, state, second, nanosecond, version, made_by, url
      from deployment_records
      left join record_details using (component, second, nanosecond, environment, state)
      where component = $1
        and (second, nanosecond, environment, state) > ($2, $3, $4, $5)
        and (second, nanosecond) < ($6, $7)
        and ($8::text is null or environment = $8)
      order by second, nanosecond, environment, state
      limit $9`,
    values: [
      component,
      ...[after.second, after.nanosecond, after.environment, after.state],
      ...[to.second, to.nanosecond],
      environment ?? null,
      limit,
    ],
  });
  return rows.map(toRecord);
}

/** At most `limit` records of all components after a record's place, component by component, each oldest first. */
export async function historyOfAll(
  database: pg.Pool,
  after: Place & { readonly component: string },
  { from, to, environment }: { from: Instant; to: Instant; environment: string | undefined },
  limit: number,
): Promise<DeploymentRecord[]> {
  const { rows } = await database.query<Row>({
    name: 'history of all components',
    text: `
      select component, environment, state, second, nanosecond, version, made_by, url
      from deployment_records
      left join record_details using (component, second, nanosecond, environment, state)
      where (component, second, nanosecond, environment, state) > ($1, $2, $3, $4, $5)
        and (second, nanosecond) >= ($6, $7)
        and (second, nanosecond) < ($8, $9)
        and ($10::text is null or environment = $10)
      order by component, second, nanosecond, environment, state
      limit $11`,
    values: [
      ...[after.component, after.second, after.nanosecond, after.environment, after.state],
      ...[from.second, from.nanosecond, to.second, to.nanosecond],
      environment ?? null,
      limit,
    ],
  });
  return rows.map(toRecord);
}

/** The records of all components, or of one, in [from, to) of unix seconds, in any order. */
export async function recordsBetween(
  database: pg.Pool,
  { from, to }: { readonly from: number; readonly to: number },
  component: string | undefined,
): Promise<DeploymentRecord[]> {
  const { rows } = await database.query<Row>({
    name: 'records between',
    text: `
      select component, environment, state, second, nanosecond, version, made_by, url
      from deployment_records
      left join record_details using (component, second, nanosecond, environment, state)
      where second >= $1 and second < $2 and ($3::text is null or component = $3)`,
    values: [from, to, component ?? null],
  });
  return rows.map(toRecord);
}

function toRecord({ component, environment, state, second, nanosecond, version, made_by, url }: Row) {
  return {
    ...{ component, environment, state, second: Number(second), nanosecond },
    ...(version !== null && { version }),
    ...(made_by !== null && { by: made_by }),
    ...(url !== null && { url }),
  };
}

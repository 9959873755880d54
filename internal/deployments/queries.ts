import type pg from 'pg';

import type { Instant } from '../time/instant.ts';
import type { Place } from './place.ts';
import type { DeploymentRecord } from './record.ts';

interface Row {
  readonly component: string;
  readonly environment: string;
  readonly state: string;
  /** pg gives int8 as text. */
  readonly second: string;
  readonly nanosecond: number;
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
      select component, environment, state, second, nanosecond
      from current_records
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
      select component, environment, state, second, nanosecond
      from deployment_records
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
      select component, environment, state, second, nanosecond
      from deployment_records
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

function toRecord({ component, environment, state, second, nanosecond }: Row): DeploymentRecord {
  return { component, environment, state, second: Number(second), nanosecond };
}

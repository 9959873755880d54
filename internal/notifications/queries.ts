import type pg from 'pg';
import type { ClientBase } from 'pg';

import { deleteInSteps, type Archived } from '../database/transaction.ts';
import { cursorCodec } from '../frontdoor/pages.ts';
import type { Alert, Step } from './evaluate.ts';
import type { TellableState } from './rules.ts';

/** Something that a receiver is told, and what became of it. Times are unix seconds. */
export interface Notification {
  /** The same on every try. */
  readonly id: string;
  readonly number: number;
  readonly receiver: string;
  readonly rule: string;
  readonly serviceName: string;
  readonly state: TellableState;
  readonly kind: 'begun' | 'again' | 'ended';
  readonly since: number;
  readonly endedAt: number | null;
  readonly againSeconds: number | null;
  readonly createdAt: number;
  readonly tries: number;
  /** Null once it is taken or given up. */
  readonly nextTryAt: number | null;
  readonly sentAt: number | null;
  /** Of the last try: a status code, or what went wrong instead. */
  readonly outcome: string | null;
}

/** A row of notifications as a {@link Notification}. */
const NOTIFICATION = `notification_id::text as id, notification_number::float8 as number, receiver, rule,
  service_name as "serviceName", state, kind, since, ended_at as "endedAt", again_seconds as "againSeconds",
  created_at as "createdAt", tries, next_try_at as "nextTryAt", sent_at as "sentAt", outcome`;

/** Beyond so many that wait for one receiver, what comes is given up at once. */
const MAX_WAITING = 10_000;

/** Where a page of notifications ended, which come newest first. */
export const notificationCursor = cursorCodec<number>(
  'notification 1',
  (number) => [number],
  ([number]) => (Number.isSafeInteger(number) ? (number as number) : undefined),
);

/** At most `limit` notifications before that number, newest first; only those that are in this state, if given. */
export async function newestNotifications(
  database: pg.Pool,
  before: number | undefined,
  status: 'waiting' | 'sent' | 'failed' | undefined,
  limit: number,
): Promise<Notification[]> {
  const { rows } = await database.query<Notification>({
    name: 'newest notifications',
    text: `
      select ${NOTIFICATION}
      from notifications
      where notification_number < $1
        and ($2::text is null or $2 =
          case when sent_at is not null then 'sent' when next_try_at is null then 'failed' else 'waiting' end)
      order by notification_number desc
      limit $3`,
    values: [before ?? Number.MAX_SAFE_INTEGER, status ?? null, limit],
  });
  return rows;
}

/** Up to when all was looked at, or null; nobody else looks until the transaction ends. */
export async function beginTurn(client: ClientBase): Promise<number | null> {
  // Changes nothing, but locks the row, which the first one makes.
  const { rows } = await client.query<{ looked_at: number | null }>(`
    insert into notification_turns default values
    on conflict (only_row) do update set only_row = true
    returning looked_at`);
  return rows[0]?.looked_at ?? null;
}

/** Up to when all was looked at, or null. */
export async function lookedAt(database: pg.Pool): Promise<number | null> {
  const { rows } = await database.query<{ looked_at: number | null }>(
    'select looked_at from notification_turns',
  );
  return rows[0]?.looked_at ?? null;
}

/** The alerts that are open, or ended after `from`. */
export async function alertsSince(client: ClientBase, from: number): Promise<Alert[]> {
  const { rows } = await client.query<Alert>(
    `select rule, service_name as "serviceName", since, told_at as "toldAt", ended_at as "endedAt"
     from alerts
     where ended_at is null or ended_at > $1`,
    [from],
  );
  return rows;
}

/** What is to be told of a step, to whom. */
export interface Telling {
  readonly step: Step;
  readonly state: TellableState;
  readonly againSeconds: number | undefined;
  readonly receivers: readonly string[];
}

/** Stores what was found by a look that ended at `now`: the alerts as they are, and what is to be sent. */
export async function endTurn(client: ClientBase, tellings: readonly Telling[], now: number): Promise<void> {
  if (tellings.length > 0) {
    await client.query(
      `insert into alerts (rule, service_name, since, told_at, ended_at)
       select distinct on (rule, "serviceName", since) rule, "serviceName", since, "toldAt", "endedAt"
       from jsonb_to_recordset($1)
         as steps (rule text, "serviceName" text, since float8, "toldAt" float8, "endedAt" float8)
       order by rule, "serviceName", since, "endedAt" nulls last
       on conflict (rule, service_name, since)
       do update set told_at = excluded.told_at, ended_at = excluded.ended_at`,
      [JSON.stringify(tellings.map(({ step }) => step.alert))],
    );
    const rows = tellings.flatMap(({ step: { kind, alert }, state, againSeconds, receivers }) =>
      kind === 'closed'
        ? []
        : receivers.map((receiver) => ({ ...alert, kind, state, againSeconds, receiver })),
    );
    await client.query(
      `insert into notifications (receiver, rule, service_name, state, kind, since, ended_at, again_seconds,
         created_at, next_try_at, outcome)
       select receiver, rule, "serviceName", state, kind, since, "endedAt", "againSeconds", $2::float8,
         case when fits then $2::float8 end, case when not fits then 'too many wait' end
       from (
         select told.*, row_number() over (partition by receiver order by place) + coalesce(waiting, 0)
           <= ${MAX_WAITING} as fits
         from jsonb_to_recordset($1)
           as told (place int8, receiver text, rule text, "serviceName" text, state text, kind text, since float8,
             "endedAt" float8, "againSeconds" float8)
         left join (
           select receiver as full_one, count(*) as waiting
           from notifications where next_try_at is not null group by receiver
         ) as full_ones on full_one = receiver
       ) as counted
       order by place`,
      [JSON.stringify(rows.map((row, place) => ({ ...row, place }))), now],
    );
  }
  await client.query('update notification_turns set looked_at = $1', [now]);
}

/** Closes the alerts of rules that are not among these, and what waits for receivers that are not. */
export async function forgetOthers(
  database: pg.Pool,
  rules: readonly string[],
  receivers: readonly string[],
  now: number,
): Promise<void> {
  await database.query('update alerts set ended_at = $2 where ended_at is null and rule <> all ($1)', [
    rules,
    now,
  ]);
  await database.query(
    `update notifications set next_try_at = null, outcome = 'not in NOTIFY_URLS any more'
     where next_try_at is not null and receiver <> all ($1)`,
    [receivers],
  );
}

/** What waits the longest for a receiver, also if it is not time yet. */
export async function nextFor(database: pg.Pool, receiver: string): Promise<Notification | undefined> {
  const { rows } = await database.query<Notification>({
    name: 'next notification',
    text: `
      select ${NOTIFICATION}
      from notifications
      where receiver = $1 and next_try_at is not null
      order by notification_number
      limit 1`,
    values: [receiver],
  });
  return rows[0];
}

/** What became of a try. */
export interface Tried {
  readonly outcome: string;
  readonly sentAt: number | null;
  /** Null if there shall be no other one. */
  readonly nextTryAt: number | null;
}

/** Stores what became of a try. */
export async function storeTry(database: pg.Pool, id: string, tried: Tried): Promise<void> {
  await database.query({
    name: 'tried notification',
    text: `
      update notifications set tries = tries + 1, outcome = $2, sent_at = $3, next_try_at = $4
      where notification_id = $1`,
    values: [id, tried.outcome, tried.sentAt, tried.nextTryAt],
  });
}

/** Deletes what was done before `cutoff`, in steps of at most `limit`, and returns how much. */
export function deleteOldNotifications(
  client: ClientBase,
  cutoff: number,
  limit: number,
  archived?: Archived,
): Promise<number> {
  const text = `
    delete from notifications
    where notification_id in (
      select notification_id from notifications
      where created_at < $1 and next_try_at is null
      order by notification_number limit $2)`;
  return deleteInSteps(client, limit, { text, values: [cutoff, limit] }, archived);
}

/** Deletes the alerts that ended before `cutoff`, likewise. */
export function deleteOldAlerts(
  client: ClientBase,
  cutoff: number,
  limit: number,
  archived?: Archived,
): Promise<number> {
  const text = `
    delete from alerts
    where (rule, service_name, since) in (
      select rule, service_name, since from alerts where ended_at < $1 limit $2)`;
  return deleteInSteps(client, limit, { text, values: [cutoff, limit] }, archived);
}

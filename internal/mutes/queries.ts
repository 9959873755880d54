import type pg from 'pg';
import type { ClientBase } from 'pg';

import { deleteInSteps, type Archived } from '../database/transaction.ts';
import { cursorCodec } from '../frontdoor/pages.ts';
import type { Mute, NewMute } from './mute.ts';

/** A row of mutes as a {@link Mute}. */
const MUTE = `mute_id::text as id, pattern, author, note,
  begun_at as "begunAt", until_at as "untilAt", ended_at as "endedAt"`;

/** More than so many at once help nobody, and each is compared with the name of every service that is shown. */
export const MAX_ACTIVE_MUTES = 1000;

/** Where a page of mutes ended, which come newest first. */
export type MutePlace = Pick<Mute, 'begunAt' | 'id'>;

/** The places of mutes as cursors. */
export const muteCursor = cursorCodec<MutePlace>(
  'mute 1',
  ({ begunAt, id }) => [begunAt, id],
  ([begunAt, id]) =>
    typeof begunAt === 'number' && typeof id === 'string' && isMuteId(id) ? { begunAt, id } : undefined,
);

/** Whether a text can be the id of a mute. */
export function isMuteId(text: string): boolean {
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(text);
}

/** Stores a mute, or returns undefined if {@link MAX_ACTIVE_MUTES} hold already. */
export async function addMute(
  database: pg.Pool,
  { pattern, author, note, untilAt }: NewMute,
  nowSeconds: number,
): Promise<Mute | undefined> {
  const { rows } = await database.query<Mute>(
    `insert into mutes (pattern, author, note, begun_at, until_at)
     select $1, $2, $3, $4, $5
     where (select count(*) from mutes where ended_at is null and until_at > $4) < ${MAX_ACTIVE_MUTES}
     returning ${MUTE}`,
    [pattern, author, note, nowSeconds, untilAt],
  );
  return rows[0];
}

/** Ends a mute, if it still holds, and returns it as it is then; undefined if there is none. */
export async function endMute(database: pg.Pool, id: string, nowSeconds: number): Promise<Mute | undefined> {
  await database.query(
    `update mutes set ended_at = greatest($2, begun_at)
     where mute_id = $1 and ended_at is null and until_at > greatest($2, begun_at)`,
    [id, nowSeconds],
  );
  const { rows } = await database.query<Mute>(`select ${MUTE} from mutes where mute_id = $1`, [id]);
  return rows[0];
}

/** Which mutes to read. */
export interface MuteRange {
  /** Only those that fit this service's name, if given. */
  readonly service: string | undefined;
  /** Only those that hold, or only those that do not; undefined: all. */
  readonly holds: boolean | undefined;
  readonly after: MutePlace | undefined;
}

/** At most `limit` mutes, newest first. */
export async function mutesOf(
  database: pg.Pool,
  { service, holds, after }: MuteRange,
  nowSeconds: number,
  limit: number,
): Promise<Mute[]> {
  const { rows } = await database.query<Mute>({
    name: 'mutes',
    text: `
      select ${MUTE}
      from mutes
      where ($1::text is null or $1 like like_pattern)
        and ($2::boolean is null or $2 = (ended_at is null and until_at > $3))
        and ($4::float8 is null or (begun_at, mute_id) < ($4, $5::uuid))
      order by begun_at desc, mute_id desc
      limit $6`,
    values: [service ?? null, holds ?? null, nowSeconds, after?.begunAt ?? null, after?.id ?? null, limit],
  });
  return rows;
}

/** Those that hold; of these ids only, if given. */
export async function mutesNow(
  database: pg.Pool,
  nowSeconds: number,
  ids?: readonly string[],
): Promise<Mute[]> {
  const { rows } = await database.query<Mute>({
    name: 'mutes that hold',
    text: `
      select ${MUTE}
      from mutes
      where ended_at is null and until_at > $1 and ($2::uuid[] is null or mute_id = any ($2))
      order by begun_at, mute_id
      limit ${MAX_ACTIVE_MUTES}`,
    values: [nowSeconds, ids ?? null],
  });
  return rows;
}

/** Those that held at some time from then on. */
export async function mutesSince(database: pg.Pool, from: number): Promise<Mute[]> {
  const { rows } = await database.query<Mute>({
    name: 'mutes since',
    text: `select ${MUTE} from mutes where until_at > $1 and (ended_at is null or ended_at > $1)`,
    values: [from],
  });
  return rows;
}

/** That a mute began, or ended; in unix seconds. */
export interface MuteChange {
  readonly at: number;
  readonly change: 'began' | 'ended';
  readonly mute: Mute;
}

/** Which mutes began and ended in [from, to), and until now; of those that fit this service's name, if given. */
export async function muteChanges(
  database: pg.Pool,
  { from, to }: { readonly from: number; readonly to: number },
  service: string | undefined,
  nowSeconds: number,
): Promise<MuteChange[]> {
  const { rows } = await database.query<Mute & Omit<MuteChange, 'mute'>>({
    name: 'changes of mutes',
    text: `
      select 'began' as change, begun_at as at, ${MUTE}
      from mutes
      where begun_at >= $1 and begun_at < $2 and ($3::text is null or $3 like like_pattern)
      union all
      select 'ended', coalesce(ended_at, until_at), ${MUTE}
      from mutes
      where coalesce(ended_at, until_at) >= $1 and coalesce(ended_at, until_at) < $2
        and coalesce(ended_at, until_at) <= $4 and ($3::text is null or $3 like like_pattern)`,
    values: [from, to, service ?? null, nowSeconds],
  });
  return rows.map(({ at, change, ...mute }) => ({ at, change, mute }));
}

/** Deletes those that ended before `cutoff`, in steps of at most `limit`, and returns how many. */
export function deleteOldMutes(
  client: ClientBase,
  cutoff: number,
  limit: number,
  archived?: Archived,
): Promise<number> {
  const statement = {
    text: `
      delete from mutes
      where mute_id in (select mute_id from mutes where coalesce(ended_at, until_at) < $1 limit $2)`,
    values: [cutoff, limit],
  };
  return deleteInSteps(client, limit, statement, archived);
}

import type pg from 'pg';

import { gapsFrom } from '../gaps.ts';
import { allNewest, newestIntervals as newestOf, type NewestInterval } from '../history/newest.ts';
import { historyOf, type HistorySource } from '../history/reader.ts';
import type { Interval } from '../timeline.ts';

/** Histories as they are in the observations, with nothing pending. */
export function storedHistory(database: Pick<pg.Pool, 'query'>, gapSeconds: number): HistorySource {
  const { gapOf, longestSeconds } = gapsFrom(gapSeconds);
  return { database, pending: () => Promise.resolve(new Map()), gapOf, longestGapSeconds: longestSeconds };
}

/** The newest `wanted` intervals of a service, newest first. */
export async function newestIntervals(
  database: Pick<pg.Pool, 'query'> | HistorySource,
  serviceName: string,
  wanted: number,
  gapSeconds: number,
): Promise<Interval[]> {
  const source = 'pending' in database ? database : storedHistory(database, gapSeconds);
  const history = await historyOf(source, serviceName);
  const found: Interval[] = [];
  if (history === undefined) return found;
  for await (const interval of history.intervals) {
    found.push(interval);
    if (found.length === wanted) break;
  }
  return found;
}

/** The newest interval of each of the services, or of all, by name. */
export async function newestIntervalOfEach(
  database: Pick<pg.Pool, 'query'> | HistorySource,
  gapSeconds: number,
  serviceNames?: readonly string[],
): Promise<Map<string, Interval>> {
  const source = 'pending' in database ? database : storedHistory(database, gapSeconds);
  const newest: NewestInterval[] = [];
  if (serviceNames !== undefined) newest.push(...(await newestOf(source, { serviceNames })));
  else for await (const some of allNewest(source)) newest.push(...some);
  return new Map(newest.map(({ serviceName, interval }) => [serviceName, interval]));
}

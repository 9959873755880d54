import { issueHours } from '../history/issue-hours.ts';
import { historyOf, intervalsIn, type HistorySource } from '../history/reader.ts';
import { concatenate, intervalsOf, isOngoing, SECONDS_PER_HOUR, type Interval } from '../timeline.ts';
import type { Reading } from './one-service.ts';

/** That a service began to be in issue, or ended to be; in unix seconds. */
export interface IssueChange {
  readonly at: number;
  readonly change: 'began' | 'ended';
  readonly service: string;
  /** When it began, and for an end how long it lasted. */
  readonly details: Readonly<Record<string, number>>;
  /** Reads the details where they are not known yet, as what ended began before what was read. */
  readonly complete?: () => Promise<Readonly<Record<string, number>>>;
}

// Around the span so much is read as well: a service with a longer gap is read by itself.
const MARGIN_SECONDS = SECONDS_PER_HOUR;

/** When services began and ended to be in issue in [from, to); of this one only, if given. */
export async function issueChanges(
  reading: Reading,
  { from, to }: { readonly from: number; readonly to: number },
  serviceName: string | undefined,
): Promise<IssueChange[]> {
  const found: IssueChange[] = [];
  const alone = serviceName === undefined ? [] : [serviceName];
  if (serviceName === undefined) {
    const readTo = to + MARGIN_SECONDS;
    for await (const { serviceName: name, gapSeconds, hours } of issueHours(
      reading.source,
      Math.max(0, from - MARGIN_SECONDS),
      readTo,
    )) {
      if (gapSeconds > MARGIN_SECONDS) {
        alone.push(name);
        continue;
      }
      const intervals = intervalsOf(concatenate(hours), gapSeconds);
      found.push(...changesOf(reading, name, intervals, gapSeconds, intervals.at(-1), { from, to }));
    }
  }
  if (alone.length === 0) return found;
  for (const [name, { intervals, newest }] of await intervalsIn(reading.source, alone, from, to)) {
    if (newest === undefined) continue;
    found.push(...changesOf(reading, name, intervals, newest.gapSeconds, newest.interval, { from, to }));
  }
  return found;
}

function changesOf(
  { config, now, source }: Reading,
  service: string,
  intervals: readonly Interval[],
  gapSeconds: number,
  newest: Interval | undefined,
  { from, to }: { readonly from: number; readonly to: number },
): IssueChange[] {
  const rules = { gapSeconds, maxDelaySeconds: config.MAX_DELAY_SECONDS };
  const isIn = (second: number) => second >= from && second < to;
  const changes: IssueChange[] = [];
  for (const { state, start, end } of intervals) {
    if (state !== 'issue') continue;
    if (isIn(start)) changes.push({ at: start, change: 'began', service, details: { since: start } });
    const goesOn = end === newest?.end && isOngoing(newest, now(), rules);
    if (!isIn(end) || goesOn) continue;
    const ended = { at: end, change: 'ended' as const, service };
    if (start >= from) changes.push({ ...ended, details: lastedFrom(start, end) });
    else changes.push({ ...ended, details: {}, complete: () => lastedUntil(source, service, end) });
  }
  return changes;
}

function lastedFrom(start: number, end: number): IssueChange['details'] {
  return { since: start, seconds: end - start };
}

/** Of the interval with that end, wherever it began; nothing if it is not there any more. */
async function lastedUntil(
  source: HistorySource,
  service: string,
  end: number,
): Promise<IssueChange['details']> {
  const history = await historyOf(source, service, end);
  if (history === undefined) return {};
  for await (const { start } of history.intervals) if (start < end) return lastedFrom(start, end);
  return {};
}

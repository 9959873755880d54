import { intervalsAround, intervalsWithIssues, type IntervalsAround } from '../history/issue-hours.ts';
import { historyOf, type HistorySource } from '../history/reader.ts';
import { isOngoing } from '../timeline.ts';
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

/** When services began and ended to be in issue in [from, to); of this one only, if given. */
export async function issueChanges(
  reading: Reading,
  { from, to }: { readonly from: number; readonly to: number },
  serviceName: string | undefined,
): Promise<IssueChange[]> {
  const { source } = reading;
  const found: IssueChange[] = [];
  const services =
    serviceName === undefined
      ? intervalsWithIssues(source, from, to)
      : intervalsAround(source, [serviceName], from, to);
  for await (const service of services) found.push(...changesOf(reading, service, { from, to }));
  return found;
}

function changesOf(
  { config, now, source }: Reading,
  { serviceName: service, gapSeconds, intervals, newest }: IntervalsAround,
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

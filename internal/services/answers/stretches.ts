import { issueHours } from '../history/issue-hours.ts';
import { allNewest, newestIntervals } from '../history/newest.ts';
import { concatenate, intervalsOf, isOngoing, SECONDS_PER_HOUR, type ReportedState } from '../timeline.ts';
import type { Reading } from './one-service.ts';

/** An interval of a service as others hear of it, in unix seconds. */
export interface StateStretch {
  readonly serviceName: string;
  /** -Infinity if it began before what was read. */
  readonly start: number;
  /** Null while it is ongoing. */
  readonly end: number | null;
}

// Reports may be ahead of the clock: what may be the newest interval is read up to its end.
const AHEAD_SECONDS = SECONDS_PER_HOUR;

/** All intervals of a state, of all services, that may have a second since `from`; each of those that are ongoing as a whole. */
export async function stretchesSince(
  { source, config, now }: Reading,
  state: ReportedState,
  from: number,
): Promise<StateStretch[]> {
  const nowSeconds = now();
  const stretches: StateStretch[] = [];
  const cut: string[] = [];
  for await (const { serviceName, gapSeconds, hours } of issueHours(
    source,
    from,
    nowSeconds + AHEAD_SECONDS,
    { state },
  )) {
    const intervals = intervalsOf(concatenate(hours), gapSeconds);
    const rules = { gapSeconds, maxDelaySeconds: config.MAX_DELAY_SECONDS };
    const readFrom = Math.floor(from / SECONDS_PER_HOUR) * SECONDS_PER_HOUR;
    for (const [index, interval] of intervals.entries()) {
      if (interval.state !== state) continue;
      const goesOn = index === intervals.length - 1 && isOngoing(interval, nowSeconds, rules);
      const isCut = index === 0 && interval.start - readFrom < gapSeconds;
      if (goesOn && isCut) cut.push(serviceName);
      else
        stretches.push({
          serviceName,
          start: isCut ? -Infinity : interval.start,
          end: goesOn ? null : interval.end,
        });
    }
  }
  if (cut.length === 0) return stretches;
  for (const { serviceName, interval } of await newestIntervals(source, { serviceNames: cut })) {
    stretches.push({ serviceName, start: interval.start, end: null });
  }
  return stretches;
}

/** When each service that was reported since `from` was reported last: one second after, as its silence. */
export async function silencesSince(reading: Reading, from: number): Promise<StateStretch[]> {
  const silences: StateStretch[] = [];
  for await (const some of allNewest(reading.source)) {
    for (const { serviceName, interval } of some) {
      if (interval.end > from) silences.push({ serviceName, start: interval.end, end: null });
    }
  }
  return silences;
}

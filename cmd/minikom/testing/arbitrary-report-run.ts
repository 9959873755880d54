import fc from 'fast-check';

import {
  arbitraryHistory,
  arbitraryName,
  shuffledWithRepetitions,
  type Sighting,
} from '../../../internal/testing/arbitrary-reports.ts';
import type { ReportBody } from '../../../internal/testing/vectors.ts';

/** Reports of some services as they are sent: shuffled, some of them twice; and when the answers are asked for. */
export interface ReportRun {
  /** In the order of sending. */
  readonly reports: readonly ReportBody[];
  /** The service's clock, in unix seconds. */
  readonly now: number;
}

/** Ends a search for a smaller counterexample before the test's own timeout would hide the one that was found. */
export const bounded = { interruptAfterTimeLimit: 100_000, markInterruptAsFailure: true } as const;

const SOME_FULL_HOUR = 472_222 * 3600;

/**
 * Histories that end close to each other and shortly after a full hour, so that many cross it, and at `now` some
 * services are idle and some are not. A few seconds are of the server's future, as fast clocks of agents make them.
 */
export const arbitraryReportRun: fc.Arbitrary<ReportRun> = fc
  .record({
    histories: fc.array(fc.tuple(arbitraryName, arbitraryHistory, fc.integer({ min: -30, max: 25 })), {
      minLength: 1,
      maxLength: 8,
    }),
    secondsAfterHour: fc.double({ min: 0, max: 40, noNaN: true }),
  })
  .chain(({ histories, secondsAfterHour }) => {
    const now = SOME_FULL_HOUR + secondsAfterHour;
    const reports = histories.flatMap(([name, history, silentSeconds], index) =>
      endingAt(Math.floor(now) - silentSeconds, history).map((sighting): ReportBody => ({
        service_name: `${index} ${name}`,
        ...sighting,
      })),
    );
    return shuffledWithRepetitions(reports).map((shuffled) => ({ reports: shuffled, now }));
  });

/** The same run with services of its own: runs can then share a database, which fills up as in real life. */
export function ownServices({ reports, now }: ReportRun, prefix: string): ReportRun {
  return {
    now,
    reports: reports.map((report) => ({ ...report, service_name: `${prefix} ${report.service_name}` })),
  };
}

/** The history moved so that it ends at `lastSecond`, without what would then come before 1970. */
function endingAt(lastSecond: number, history: readonly Sighting[]): Sighting[] {
  const moved = lastSecond - Math.floor(history.at(-1)?.timestamp ?? 0);
  return history
    .map(({ state, timestamp }) => ({ state, timestamp: timestamp + moved }))
    .filter(({ timestamp }) => timestamp >= 0);
}

/**
 * Which seconds of a target are reported as `issue`: from the second in which a check makes it fail, after its retries, up
 * to before the one in which a check succeeds again, and one second at least. The first is reported at once, each following one when it is
 * over.
 *
 *   fine    → a check fails → failing
 *   failing → seconds pass: reported; a check succeeds → fine
 *   failed before (its last check is known from the database) → as failing, if the next check comes soon enough; if not,
 *     nobody knows what was in between, and it counts as fine
 */
export type Failing =
  | { readonly kind: 'fine' }
  | { readonly kind: 'failing'; readonly reportedSecond: number }
  | { readonly kind: 'failed-before'; readonly failedSecond: number };

/** The state that follows, and the unix seconds to report, in order. */
export interface FailingStep {
  readonly state: Failing;
  readonly seconds: readonly number[];
}

/** Where the process was held up for longer, only the last seconds are known to belong to the failure. */
export const MAX_CATCH_UP_SECONDS = 10;

/** The state of a target whose last check is known from the database, if it has any. `second` is in unix seconds. */
export function failingSince(
  last: { readonly second: number; readonly failed: boolean } | undefined,
): Failing {
  return last?.failed === true ? { kind: 'failed-before', failedSecond: last.second } : fine;
}

/** A check ended in `second`. Of one that failed before a restart, at most `closeSeconds` are filled in. */
export function afterCheck(
  state: Failing,
  second: number,
  failed: boolean,
  closeSeconds: number,
): FailingStep {
  const reported = reportedUntil(state, second, closeSeconds);
  if (reported === undefined) {
    return failed
      ? { state: { kind: 'failing', reportedSecond: second }, seconds: [second] }
      : { state: fine, seconds: [] };
  }
  const most = state.kind === 'failed-before' ? closeSeconds + 1 : MAX_CATCH_UP_SECONDS;
  const seconds = secondsAfter(reported, second, most);
  return { state: failed ? { kind: 'failing', reportedSecond: seconds.at(-1) ?? reported } : fine, seconds };
}

/** The clock says that `nowSecond` is running. */
export function afterTick(state: Failing, nowSecond: number): FailingStep {
  if (state.kind !== 'failing') return { state, seconds: [] };
  // The clock was set back: go on from there.
  const reported = Math.min(state.reportedSecond, nowSecond);
  const seconds = secondsAfter(reported, nowSecond, MAX_CATCH_UP_SECONDS);
  return { state: { kind: 'failing', reportedSecond: seconds.at(-1) ?? reported }, seconds };
}

const fine: Failing = { kind: 'fine' };

/** The last second that is reported of a failure which may still go on; undefined if there is none. */
function reportedUntil(state: Failing, second: number, closeSeconds: number): number | undefined {
  if (state.kind === 'fine') return undefined;
  // The clock was set back: begin anew.
  if (state.kind === 'failing') return state.reportedSecond > second ? undefined : state.reportedSecond;
  const sinceSeconds = second - state.failedSecond;
  // Whether the second of that check itself was reported is not known, and once more does no harm.
  return sinceSeconds >= 0 && sinceSeconds <= closeSeconds ? state.failedSecond - 1 : undefined;
}

/** The seconds after `reported` and before `second`, of which the last `most`. */
function secondsAfter(reported: number, second: number, most: number): number[] {
  const first = Math.max(reported + 1, second - most);
  return Array.from({ length: Math.max(0, second - first) }, (_, index) => first + index);
}

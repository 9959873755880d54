import type { Asked } from './service-answers.ts';
import type { Current, Interval } from './timeline.ts';
import type { Difference } from './verification.ts';

/** The newest interval in which they differ. */
export function differenceOf(
  expected: readonly Interval[],
  got: Asked<readonly Interval[]>,
): Omit<Difference, 'service'> | undefined {
  const question = 'latest events';
  if ('problem' in got) return { question, expected: `${expected.length} intervals`, got: got.problem };
  for (let index = 0; index < Math.max(expected.length, got.value.length); index++) {
    const [mine, theirs] = [intervalText(expected[index]), intervalText(got.value[index])];
    if (mine !== theirs) return { question: `${question} [${index}]`, expected: mine, got: theirs };
  }
  return undefined;
}

function intervalText(interval: Interval | undefined): string {
  if (interval === undefined) return 'nothing';
  return `${interval.state} ${interval.start_time} to ${interval.end_time ?? 'now'}`;
}

/** A service's state in words. */
export function stateText(state: Current | undefined): string {
  return state === undefined ? 'not there' : `${state.state} since ${state.since}`;
}

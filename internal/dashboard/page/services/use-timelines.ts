import { useRef } from 'preact/hooks';

import { getJson } from '../data/get-json.ts';
import { stepOf, type ShownSpan } from '../span/span.ts';
import type { Timeline } from '../timeline/bar.ts';
import { provisionalSeconds } from '../timeline/provisional.ts';
import { useRowAnswers } from './row-questions.ts';
import { asBefore, type LastingTimeline } from './same-timelines.ts';
import { timelinePaths, timelinesOf, type TimelinesAnswer } from './timeline-cache.ts';

const EACH_SECONDS = 5;

/**
 * What the services with these names were in, in the span. `change` changes with what their rows say, `chosen` with the span
 * that is chosen.
 */
export function useTimelines(
  names: readonly string[],
  span: () => ShownSpan,
  when: { readonly change: unknown; readonly chosen: string },
): ReadonlyMap<string, Timeline> {
  const last = useRef<ReadonlyMap<string, LastingTimeline>>(new Map());
  const ask = async (asked: readonly string[]) => {
    const known = new Map<string, LastingTimeline>();
    for (const path of timelinePaths(asked, span())) {
      const answer = (await getJson(path)) as TimelinesAnswer;
      provisionalSeconds.value = answer.provisional_seconds;
      for (const [name, timeline] of timelinesOf(answer))
        known.set(name, asBefore(last.current.get(name), timeline));
    }
    last.current = known;
    return known;
  };
  return useRowAnswers(names, { ask, everyMs: () => 1000 * stepOf(span(), EACH_SECONDS) }, when);
}

import { useEffect, useState } from 'preact/hooks';

import { getJson } from '../data/get-json.ts';
import { knownNow } from '../live/store.ts';
import type { Timeline } from '../timeline/bar.ts';
import { provisionalSeconds } from '../timeline/provisional.ts';
import { timelinePaths, timelinesOf, type TimelinesAnswer } from './timeline-cache.ts';

const EACH_MS = 5000;
// While rows scroll by or change fast, their timelines are asked for together.
const SETTLE_MS = 150;

type Timelines = ReadonlyMap<string, Timeline>;

/** Asks for the timelines of the rows that are seen: soon after they change and every five seconds, one at a time. */
class TimelineQuestions {
  names: readonly string[] = [];
  readonly #spanSeconds: number;
  readonly #onAnswer: (timelines: Timelines) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isAsking = false;
  #isStopped = false;

  constructor(spanSeconds: number, onAnswer: (timelines: Timelines) => void) {
    this.#spanSeconds = spanSeconds;
    this.#onAnswer = onAnswer;
  }

  askAfter(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#isStopped) this.#timer = setTimeout(() => void this.#ask(), ms);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #ask(): Promise<void> {
    if (this.#isAsking || document.hidden) {
      this.askAfter(document.hidden ? EACH_MS : SETTLE_MS);
      return;
    }
    this.#isAsking = true;
    try {
      const known = new Map<string, Timeline>();
      for (const path of timelinePaths(this.names, knownNow() - this.#spanSeconds)) {
        const answer = (await getJson(path)) as TimelinesAnswer;
        provisionalSeconds.value = answer.provisional_seconds;
        for (const [name, timeline] of timelinesOf(answer)) known.set(name, timeline);
      }
      if (!this.#isStopped) this.#onAnswer(known);
    } catch {
      // The mark of the connection says it; the bars keep what they have, and tell up to when it is known.
    }
    this.#isAsking = false;
    this.askAfter(EACH_MS);
  }
}

/** The last `spanSeconds` of the services with these names; `question` changes with what their rows say. */
export function useTimelines(names: readonly string[], question: string, spanSeconds: number): Timelines {
  const [timelines, setTimelines] = useState<Timelines>(new Map());
  const [questions] = useState(() => new TimelineQuestions(spanSeconds, setTimelines));
  questions.names = names;
  useEffect(() => questions.askAfter(SETTLE_MS), [question]);
  useEffect(() => () => questions.stop(), []);
  return timelines;
}

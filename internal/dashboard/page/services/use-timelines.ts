import { useEffect, useState } from 'preact/hooks';

import { getJson } from '../data/get-json.ts';
import { stepOf, type ShownSpan } from '../span/span.ts';
import type { Timeline } from '../timeline/bar.ts';
import { provisionalSeconds } from '../timeline/provisional.ts';
import { timelinePaths, timelinesOf, type TimelinesAnswer } from './timeline-cache.ts';

const EACH_SECONDS = 5;
// A long span takes the service a while: no more than this share of the time, however fast rows change.
const BUSY_SHARE = 0.2;
// While rows scroll by or change fast, their timelines are asked for together.
const SETTLE_MS = 150;

type Timelines = ReadonlyMap<string, Timeline>;

/** Asks for the timelines of the rows that are seen: soon after they change and every five seconds, one at a time. */
class TimelineQuestions {
  names: readonly string[] = [];
  readonly #span: () => ShownSpan;
  readonly #onAnswer: (timelines: Timelines) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isAsking = false;
  #isStopped = false;
  #restUntilMs = 0;

  /** `span` tells which one is asked for at a moment. */
  constructor(span: () => ShownSpan, onAnswer: (timelines: Timelines) => void) {
    this.#span = span;
    this.#onAnswer = onAnswer;
  }

  /** For rows, or a span, of which nothing is known yet. */
  askSoon(): void {
    this.#restUntilMs = 0;
    this.askAfter(SETTLE_MS);
  }

  askAfter(ms: number): void {
    clearTimeout(this.#timer);
    const wait = Math.max(ms, this.#restUntilMs - performance.now());
    if (!this.#isStopped) this.#timer = setTimeout(() => void this.#ask(), wait);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #ask(): Promise<void> {
    const span = this.#span();
    const eachMs = 1000 * stepOf(span, EACH_SECONDS);
    if (this.#isAsking || document.hidden) {
      this.askAfter(document.hidden ? eachMs : SETTLE_MS);
      return;
    }
    this.#isAsking = true;
    const beganMs = performance.now();
    try {
      const known = new Map<string, Timeline>();
      for (const path of timelinePaths(this.names, span)) {
        const answer = (await getJson(path)) as TimelinesAnswer;
        provisionalSeconds.value = answer.provisional_seconds;
        for (const [name, timeline] of timelinesOf(answer)) known.set(name, timeline);
      }
      if (!this.#isStopped) this.#onAnswer(known);
    } catch {
      // The mark of the connection says it; the bars keep what they have, and tell up to when it is known.
    }
    this.#isAsking = false;
    const endedMs = performance.now();
    this.#restUntilMs = endedMs + (endedMs - beganMs) * (1 / BUSY_SHARE - 1);
    this.askAfter(eachMs);
  }
}

/**
 * What the services with these names were in, in the span. `question` changes with what their rows say, `chosen` with the span
 * that is chosen.
 */
export function useTimelines(
  names: readonly string[],
  question: string,
  { span, chosen }: { readonly span: () => ShownSpan; readonly chosen: string },
): Timelines {
  const [timelines, setTimelines] = useState<Timelines>(new Map());
  const [questions] = useState(() => new TimelineQuestions(span, setTimelines));
  questions.names = names;
  useEffect(() => questions.askAfter(SETTLE_MS), [question]);
  useEffect(() => questions.askSoon(), [names.join('\n'), chosen]);
  useEffect(() => () => questions.stop(), []);
  return timelines;
}

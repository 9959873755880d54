import { signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';

// While rows scroll by or change fast, what is known of them is asked for together.
const SETTLE_MS = 150;
// A long span takes the service a while: no more than this share of the time, however fast rows change.
const BUSY_SHARE = 0.2;

type Answers<Value> = ReadonlyMap<string, Value>;

interface Asking<Value> {
  /** Asks for what is known of services, by their names. */
  readonly ask: (names: readonly string[]) => Promise<Answers<Value>>;
  /** After which time it is asked anew. */
  readonly everyMs: () => number;
}

/** Asks for the rows that are seen: soon after they change and ever again, one question at a time. */
class RowQuestions<Value> {
  names: readonly string[] = [];
  asking: Asking<Value>;
  readonly answers = signal<Answers<Value>>(new Map());
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isAsking = false;
  #isStopped = false;
  #restUntilMs = 0;

  constructor(asking: Asking<Value>) {
    this.asking = asking;
  }

  /** For rows, or a span, of which nothing is known yet; `settleMs` where others may follow at once. */
  askSoon(settleMs: number): void {
    this.#restUntilMs = 0;
    this.askAfter(settleMs);
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
    const { ask, everyMs } = this.asking;
    if (this.#isAsking || document.hidden) {
      this.askAfter(document.hidden ? everyMs() : SETTLE_MS);
      return;
    }
    this.#isAsking = true;
    const beganMs = performance.now();
    try {
      const answers = await ask(this.names);
      if (!this.#isStopped) this.answers.value = answers;
    } catch {
      // The mark of the connection says it; the rows keep what they have, and bars tell up to when it is known.
    }
    this.#isAsking = false;
    const endedMs = performance.now();
    this.#restUntilMs = endedMs + (endedMs - beganMs) * (1 / BUSY_SHARE - 1);
    this.askAfter(everyMs());
  }
}

/**
 * What is answered of the services with these names, the same array as long as it is the same names. `change` changes with what
 * makes an answer old, and `chosen` with what makes it one to another question.
 */
export function useRowAnswers<Value>(
  names: readonly string[],
  asking: Asking<Value>,
  { change, chosen }: { readonly change: unknown; readonly chosen: string },
): Answers<Value> {
  const questions = useMemo(() => new RowQuestions(asking), []);
  questions.names = names;
  questions.asking = asking;
  useEffect(() => questions.askAfter(SETTLE_MS), [change]);
  useEffect(() => questions.askSoon(SETTLE_MS), [names]);
  // Who chose a span waits for it.
  useEffect(() => questions.askSoon(0), [chosen]);
  useEffect(() => () => questions.stop(), []);
  return questions.answers.value;
}

import type { Figures } from '../shards/figures.ts';

/**
 * What the primary and its members say to each other. A member that is asked for all figures asks the primary, which
 * asks every member for its own; `question` pairs an answer with its question.
 */
export type ToMember =
  | { readonly kind: 'stop' }
  | { readonly kind: 'reload' }
  | { readonly kind: 'tell figures'; readonly question: number }
  /** Null if a member did not answer. */
  | { readonly kind: 'all figures'; readonly question: number; readonly figures: Figures | null };

export type ToPrimary =
  | { readonly kind: 'listening'; readonly url: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'ask figures'; readonly question: number }
  | { readonly kind: 'figures'; readonly question: number; readonly figures: Figures };

/** Questions that wait for their answers. */
export class Questions<Answer> {
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #last = 0;

  /** Sends a question by its number; resolves to its answer. */
  ask(send: (question: number) => void): Promise<Answer> {
    const question = ++this.#last;
    return new Promise((resolve) => {
      this.#waiting.set(question, resolve);
      send(question);
    });
  }

  /** Late answers, and those to no question, are ignored. */
  answer(question: number, answer: Answer): void {
    this.#waiting.get(question)?.(answer);
    this.#waiting.delete(question);
  }
}

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

/**
 * Turns the bytes of one kind of body into what a feature queues or stores. It is pure and knows no request, because
 * large bodies are parsed in another thread: `Options` and `Parsed` are plain data that structured clone copies.
 */
export interface BodyParser<Options, Parsed> {
  /** Names the parser on both sides of the thread boundary. */
  readonly name: string;
  /** Throws a `Problem` for a body that is refused. */
  parse(body: Buffer, options: Options): Parsed;
  /** The buffers of `parsed` that are moved to the other thread instead of copied; none if it is left out. */
  buffersOf?(parsed: Parsed): ArrayBuffer[];
}

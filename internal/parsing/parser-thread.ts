import { move, transferableSymbol, valueSymbol } from 'piscina';

import { Problem, type FieldError, type ProblemKind } from '../frontdoor/problem.ts';

/**
 * Turns the bytes of one kind of body into what a feature queues or stores. It is pure and knows no request, because
 * large bodies are parsed in another thread: `Options` and `Parsed` are plain data that structured clone copies.
 */
export interface BodyParser<Options, Parsed> {
  /** Names the parser on both sides of the thread boundary. */
  readonly name: string;
  /** Parses any body. Throws a `Problem` for one that is refused. */
  parse(body: Buffer, options: Options): Parsed;
  /**
   * Parses a body that takes no more than a millisecond or two for each megabyte, such as one whose items are all alike;
   * undefined for all others, which it finds out about as fast. Tried first, if it is there; says nothing about what is wrong with a body.
   */
  parseAlike?(body: Buffer, options: Options): Parsed | undefined;
  /** The buffers of `parsed` that are moved to the other thread instead of copied; none if it is left out. */
  buffersOf?(parsed: Parsed): ArrayBuffer[];
}

/** What the parser makes of a body, in the quicker way if that does. Throws what it throws. */
export function parseWith<Options, Parsed>(
  parser: BodyParser<Options, Parsed>,
  body: Buffer,
  options: Options,
): Parsed {
  return parser.parseAlike?.(body, options) ?? parser.parse(body, options);
}

/*
 * All that crosses to the parser's thread and back, as plain data.
 */

/** One body, whose bytes the thread owns from now on. */
export interface ParseTask {
  readonly parser: string;
  /** In whatever memory, which is the thread's as well. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** Whether it is known that `parseAlike` does not do. */
  readonly isUnalike: boolean;
  readonly options: unknown;
}

/** What became of it. A refusal is a value, because errors lose their class between threads. */
export type ParseAnswer =
  | { readonly outcome: 'parsed'; readonly parsed: unknown }
  | {
      readonly outcome: 'refused';
      readonly status: number;
      readonly kind: ProblemKind;
      readonly detail: string;
      readonly errors?: readonly FieldError[];
    };

/** The handler of the parser's thread; called once, by the thread's entry file, with the list of all parsers. */
export function serveParsers(
  parsers: readonly BodyParser<never, unknown>[],
): (task: ParseTask) => ParseAnswer | ReturnType<typeof move> {
  const byName = new Map(parsers.map((parser) => [parser.name, parser as BodyParser<unknown, unknown>]));
  return ({ parser: name, body, isUnalike, options }) => {
    const parser = byName.get(name);
    if (parser === undefined) throw new Error(`no parser is called ${name}`);
    try {
      const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
      const parsed = isUnalike ? parser.parse(bytes, options) : parseWith(parser, bytes, options);
      const answer: ParseAnswer = { outcome: 'parsed', parsed };
      return move({ [transferableSymbol]: parser.buffersOf?.(parsed) ?? [], [valueSymbol]: answer });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const { status, kind, message: detail, errors } = error;
      return { outcome: 'refused', status, kind, detail, ...(errors && { errors }) };
    }
  };
}

import { move, transferableSymbol, valueSymbol } from 'piscina';

import { Problem } from '../frontdoor/problem.ts';
import type { BodyParser } from './body-parser.ts';
import type { ParseAnswer, ParseTask } from './protocol.ts';

/** The handler of the parser's thread; called once, by the thread's entry file, with the list of all parsers. */
export function serveParsers(
  parsers: readonly BodyParser<never, unknown>[],
): (task: ParseTask) => ParseAnswer | ReturnType<typeof move> {
  const byName = new Map(parsers.map((parser) => [parser.name, parser as BodyParser<unknown, unknown>]));
  return ({ parser: name, body, options }) => {
    const parser = byName.get(name);
    if (parser === undefined) throw new Error(`no parser is called ${name}`);
    try {
      const parsed = parser.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength), options);
      const answer: ParseAnswer = { outcome: 'parsed', parsed };
      return move({ [transferableSymbol]: parser.buffersOf?.(parsed) ?? [], [valueSymbol]: answer });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const { status, kind, message: detail, errors } = error;
      return { outcome: 'refused', status, kind, detail, ...(errors && { errors }) };
    }
  };
}

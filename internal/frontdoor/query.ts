import { z } from 'zod';

import { END_SECOND, parseInstant, type Instant } from '../time/instant.ts';
import type { CursorCodec } from './pages.ts';
import { encodingFault } from './fields.ts';
import { invalidRequest, Problem } from './problem.ts';

const ONCE = 'must be there once';
const SECONDS = /^(\d{1,12})(?:\.(\d+))?$/;

/**
 * Reads the values that a route declares from the query of a URL, without its `?`; others are ignored. Throws a 400 with each
 * fault, in the order of the schema, or for one that cannot be decoded: it would be read as something that nobody sent. What the
 * schema says of several values together is looked at only if each of them is good.
 */
export function readQuery<Schema extends z.ZodType>(schema: Schema, query: string): z.infer<Schema> {
  const fault = encodingFault(query);
  if (fault !== undefined) throw new Problem(400, 'invalid-url', `The query ${fault}.`);
  const { success, data, error } = schema.safeParse(valuesOf(new URLSearchParams(query)));
  if (success) return data;
  throw invalidRequest(
    error.issues.map(({ path: [field = ''], message }) => ({ field: String(field), message })),
  );
}

/** Any text. */
export function text() {
  return z.string(ONCE);
}

/** Text that `faultOf` finds no fault with; it says what the text must be. */
export function textWithout(faultOf: (text: string) => string | undefined) {
  return text().superRefine((value, context) => {
    const message = faultOf(value);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
}

/** Text that `parse` makes something of; undefined is refused with `message`. `schema` is what is told of it as JSON Schema. */
export function parsed<T>(
  parse: (text: string) => T | undefined,
  message: string,
  schema: z.core.GlobalMeta = { type: 'string' },
) {
  return text()
    .transform((written, context): T => {
      const value = parse(written);
      if (value !== undefined) return value;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    })
    .meta(schema);
}

/** From one to `most` different values of one name. */
export function severalOf<Value extends z.ZodType>(value: Value, most: number) {
  const message = `must be there 1 to ${most} times`;
  return z
    .preprocess(
      (values) => (values === undefined ? [] : [...new Set([values].flat())]),
      z.array(value, message).min(1, message).max(most, message),
    )
    .meta({ type: 'array', items: { type: 'string' }, minItems: 1 });
}

/** A whole number, in decimal digits alone. */
export function wholeNumber(least: number, most: number) {
  return parsed(
    (digits) => {
      const value = /^\d{1,9}$/.test(digits) ? Number(digits) : NaN;
      return value >= least && value <= most ? value : undefined;
    },
    `must be a whole number from ${least} to ${most}`,
    { type: 'integer', minimum: least, maximum: most },
  );
}

/** One of a few words. */
export function oneOf<const Words extends readonly [string, string, ...string[]]>(...words: Words) {
  const message = `must be ${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
  return z.enum(words, { error: ({ input }) => (Array.isArray(input) ? ONCE : message) });
}

/**
 * A point in time from `firstSecond` to the end of the year 9999: unix seconds, also with a fraction, or RFC 3339, of
 * which a `+` that was not percent-encoded may have become a blank. What is finer than nanoseconds is dropped.
 */
export function instant(firstSecond = 0) {
  const firstYear = new Date(firstSecond * 1000).toISOString().slice(0, 4);
  return parsed(
    (written) => {
      const at = parseSeconds(written) ?? parseInstant(written.replace(' ', '+'));
      return at !== undefined && at.second >= firstSecond && at.second < END_SECOND ? at : undefined;
    },
    `must be unix seconds or an RFC 3339 time, from ${firstYear} to 9999`,
    { type: 'string', examples: ['1700000000', '2026-01-02T03:04:05Z'] },
  );
}

/** `next_cursor` of an earlier answer. */
export function cursor<Place>({ decode }: Pick<CursorCodec<Place>, 'decode'>) {
  return parsed(decode, 'must be the next_cursor of an answer');
}

/**
 * The first whole unit of time, of which a second has `perSecond`, that is not before the instant. What happened in
 * whole units lies between two instants exactly if it lies between these.
 */
export function unitsFrom({ second, nanosecond }: Instant, perSecond: number): number {
  return second * perSecond + Math.ceil((nanosecond * perSecond) / 1e9);
}

/** How a span of time is completed and bounded; all in the unit in which it is asked. */
export interface SpanRules {
  /** Where it ends if nobody says. */
  readonly end: number;
  /** Its length if nobody says where it begins. */
  readonly usual: number;
  readonly longest?: number;
  /** What is said of `from` if the span ends before it begins, or is longer than the longest. */
  readonly turned?: string;
  readonly tooLong?: string;
}

/** Of a span `[from, to)`, of which either may not be given, both ends. Throws a 400 unless it begins before it ends. */
export function completeSpan(
  asked: { readonly from: number | undefined; readonly to: number | undefined },
  { end, usual, longest = Infinity, turned = 'must be before to', tooLong = 'must be later' }: SpanRules,
): { from: number; to: number } {
  const to = asked.to ?? end;
  const from = asked.from ?? Math.max(0, to - usual);
  if (from >= to) throw invalidRequest([{ field: 'from', message: turned }]);
  if (to - from > longest) throw invalidRequest([{ field: 'from', message: tooLong }]);
  return { from, to };
}

function parseSeconds(written: string): Instant | undefined {
  const [, second, fraction = ''] = SECONDS.exec(written) ?? [];
  return second === undefined
    ? undefined
    : { second: Number(second), nanosecond: Number(fraction.slice(0, 9).padEnd(9, '0')) };
}

/** By name; a value that is there several times is an array. */
function valuesOf(query: URLSearchParams): Readonly<Record<string, string | readonly string[] | undefined>> {
  const names = new Set(query.keys());
  return Object.fromEntries(
    Array.from(names, (name) => {
      const values = query.getAll(name);
      return [name, values.length === 1 ? values[0] : values];
    }),
  );
}

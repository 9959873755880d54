import { z } from 'zod';

import { isLongerThan, MAX_NAME_CHARACTERS, nameFault } from '../frontdoor/fields.ts';
import { invalidRequest, type FieldError } from '../frontdoor/problem.ts';
import { parseJson } from '../parsing/json.ts';
import type { BodyParser } from '../parsing/parser-thread.ts';
import { parseInstant } from '../time/instant.ts';

/** Services of which nobody is told for a while. Times are unix seconds. */
export interface Mute {
  readonly id: string;
  /** The services whose names fit: `*` stands for any characters, `?` for one. */
  readonly pattern: string;
  /** Who said so. */
  readonly author: string;
  readonly note: string;
  readonly begunAt: number;
  readonly untilAt: number;
  /** When it was ended before that; null if it was not. */
  readonly endedAt: number | null;
}

/** What a mute is made of. */
export type NewMute = Pick<Mute, 'pattern' | 'author' | 'note' | 'untilAt'>;

const MAX_NOTE_CHARACTERS = 1000;
// What is held for longer is forgotten: a check or a rule is to be changed instead.
const LONGEST_SECONDS = 366 * 86_400;
const UNTIL = 'must be unix seconds or an RFC 3339 time';

const withoutFault = (faultOf: (value: unknown) => string | undefined, schema: z.core.GlobalMeta) =>
  z
    .unknown()
    .transform((value, context): string => {
      const message = faultOf(value);
      if (typeof value === 'string' && message === undefined) return value;
      context.addIssue({ code: 'custom', message: message ?? 'must be a string' });
      return z.NEVER;
    })
    .meta({ type: 'string', ...schema });
const name = (description: string) =>
  withoutFault(nameFault, { description, minLength: 1, maxLength: MAX_NAME_CHARACTERS });

export const muteBody = z.object(
  {
    service: name('The name of a service, or a pattern: `*` stands for any characters, `?` for one.'),
    by: name('Who says so.'),
    note: withoutFault(noteFault, {
      description: 'Why; may be empty.',
      maxLength: MAX_NOTE_CHARACTERS,
    }),
    until: z
      .union([z.number(UNTIL), z.string(UNTIL)], UNTIL)
      .transform((written, context) => {
        const at = typeof written === 'number' ? written : secondsOf(written);
        if (at !== undefined) return at;
        context.addIssue({ code: 'custom', message: UNTIL });
        return z.NEVER;
      })
      .describe(
        'When it ends by itself: unix seconds or RFC 3339, in the future and at most 366 days ahead.',
      ),
  },
  'must be a JSON object',
);

/** The body of `POST /mutes`. Whether its end is a good one is for {@link requireEnd} to say, which knows the time. */
export const muteParser: BodyParser<undefined, NewMute> = {
  name: 'mutes',
  parse(bytes) {
    const read = muteBody.safeParse(parseJson(bytes));
    if (!read.success) {
      throw invalidRequest(
        read.error.issues.map(({ path, message }): FieldError => ({ field: path.join('.'), message })),
      );
    }
    const { service, by, note, until } = read.data;
    return { pattern: service, author: by, note, untilAt: until };
  },
};

/** Throws a 400 unless it ends in time, but not at once. */
export function requireEnd({ untilAt }: NewMute, nowSeconds: number): void {
  const message =
    untilAt <= nowSeconds
      ? 'must be in the future'
      : untilAt > nowSeconds + LONGEST_SECONDS
        ? 'must be at most 366 days ahead'
        : undefined;
  if (message !== undefined) throw invalidRequest([{ field: 'until', message }]);
}

/** As in the answers. */
export function muteJson({ id, pattern, author, note, begunAt, untilAt, endedAt }: Mute): object {
  return {
    ...{ id, service: pattern, by: author, note },
    ...{ since: begunAt, until: untilAt, ended_at: endedAt },
  };
}

function noteFault(note: unknown): string | undefined {
  if (typeof note !== 'string') return 'must be a string';
  if (isLongerThan(MAX_NOTE_CHARACTERS, note)) return `must be at most ${MAX_NOTE_CHARACTERS} characters`;
  // A note may have several lines.
  if (/[^\P{Cc}\n\r\t]/u.test(note)) return 'must not contain control characters but line breaks and tabs';
  return note.isWellFormed() ? undefined : 'must not contain lone surrogates';
}

function secondsOf(written: string): number | undefined {
  const at = parseInstant(written);
  return at && at.second + at.nanosecond / 1e9;
}

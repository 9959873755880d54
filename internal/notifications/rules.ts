import { readFileSync } from 'node:fs';

import { z } from 'zod';

import { jsonNumber, jsonText, LIST, OBJECT, parseJsonText, readListed } from '../config/listed.ts';
import { nameFault } from '../frontdoor/fields.ts';

/** What can be told of: the states of reports, and that a service which was seen within a week is not reported any more. */
export const tellableStates = ['issue', 'deploy', 'silent'] as const;
export type TellableState = (typeof tellableStates)[number];

/** Of a day, in minutes since midnight in the server's time zone; it goes over midnight if it ends before it begins. */
export interface QuietHours {
  readonly from: number;
  readonly to: number;
}

/** Of what somebody is told, and when. */
export interface Rule {
  readonly name: string;
  readonly state: TellableState;
  /** The services whose names fit: `*` stands for any characters, `?` for one. */
  readonly pattern: string;
  /** So long it has to last before it is told. */
  readonly forSeconds: number;
  /** So long after it was told it is told again, if it still goes on; undefined: never. */
  readonly againSeconds: number | undefined;
  /** Whether its end is told as well. */
  readonly tellsEnd: boolean;
  readonly quiet: QuietHours | undefined;
  /** The names of those who are told; undefined: all. */
  readonly receivers: readonly string[] | undefined;
}

/** What is told without a file of rules. */
export const usualRules: readonly Rule[] = [
  {
    name: 'issues',
    state: 'issue',
    pattern: '*',
    forSeconds: 0,
    againSeconds: undefined,
    tellsEnd: true,
    quiet: undefined,
    receivers: undefined,
  },
];

const DAY_SECONDS = 86_400;
const MAX_RULES = 100;
const LEAST_SILENCE_SECONDS = 30;

const name = jsonText(nameFault);
const TIME_OF_DAY = 'must be a time of day such as 22:30';
const timeOfDay = z
  .string(TIME_OF_DAY)
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, TIME_OF_DAY)
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));

const rule = z
  .strictObject(
    {
      name,
      state: z.enum(tellableStates, `must be one of ${tellableStates.join(', ')}`),
      service: name.default('*'),
      for_seconds: jsonNumber(0, DAY_SECONDS).default(0),
      again_seconds: jsonNumber(60, DAY_SECONDS).optional(),
      resolved: z.boolean('must be true or false').default(true),
      quiet_hours: z.strictObject({ from: timeOfDay, to: timeOfDay }, OBJECT).optional(),
      to: z.array(name, LIST).min(1, 'must not be empty').optional(),
    },
    OBJECT,
  )
  .refine(({ state, for_seconds }) => state !== 'silent' || for_seconds >= LEAST_SILENCE_SECONDS, {
    path: ['for_seconds'],
    message: `must be at least ${LEAST_SILENCE_SECONDS} for silent`,
  })
  .transform((read): Rule => ({
    ...{ name: read.name, state: read.state, pattern: read.service, forSeconds: read.for_seconds },
    ...{ againSeconds: read.again_seconds, tellsEnd: read.resolved },
    ...{ quiet: read.quiet_hours, receivers: read.to },
  }));

const file = z.strictObject({ rules: z.array(z.unknown()) });

/** Reads a file of rules, JSON as docs/notifications.md describes it: the rules, or each fault. */
export function readRules(path: string): readonly Rule[] | { readonly faults: readonly string[] } {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return { faults: [`cannot be read (${error instanceof Error ? error.message : 'unknown'})`] };
  }
  const read = file.safeParse(parseJsonText(text));
  if (!read.success) return { faults: ['must be JSON such as {"rules": [{"name", "state"}]}'] };
  const { rules } = read.data;
  if (rules.length < 1 || rules.length > MAX_RULES) return { faults: [`must have 1 to ${MAX_RULES} rules`] };
  const { items, faults } = readListed(rule, rules, 'rule');
  return faults.length > 0 ? { faults } : items;
}

/** Whether nobody is to be told at that time, in unix seconds, by the time zone of this process. */
export function isQuiet({ quiet }: Pick<Rule, 'quiet'>, unixSeconds: number): boolean {
  if (quiet === undefined) return false;
  const at = new Date(unixSeconds * 1000);
  const minute = at.getHours() * 60 + at.getMinutes();
  return quiet.from <= quiet.to
    ? minute >= quiet.from && minute < quiet.to
    : minute >= quiet.from || minute < quiet.to;
}

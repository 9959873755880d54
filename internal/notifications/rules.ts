import { readFileSync } from 'node:fs';

import { z } from 'zod';

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

const name = z.string().superRefine((value, context) => {
  const message = nameFault(value);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});
const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 22:30')
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));
const seconds = (least: number) => z.int().min(least).max(DAY_SECONDS);

const rule = z
  .strictObject({
    name,
    state: z.enum(tellableStates),
    service: name.default('*'),
    for_seconds: seconds(0).default(0),
    again_seconds: seconds(60).optional(),
    resolved: z.boolean().default(true),
    quiet_hours: z.strictObject({ from: timeOfDay, to: timeOfDay }).optional(),
    to: z.array(name).min(1).optional(),
  })
  .refine(({ state, for_seconds }) => state !== 'silent' || for_seconds >= LEAST_SILENCE_SECONDS, {
    path: ['for_seconds'],
    message: `must be at least ${LEAST_SILENCE_SECONDS} for silent`,
  })
  .transform((read): Rule => ({
    ...{ name: read.name, state: read.state, pattern: read.service, forSeconds: read.for_seconds },
    ...{ againSeconds: read.again_seconds, tellsEnd: read.resolved },
    ...{ quiet: read.quiet_hours, receivers: read.to },
  }));

const file = z.strictObject({
  rules: z
    .array(rule)
    .min(1)
    .max(MAX_RULES)
    .refine((rules) => new Set(rules.map((each) => each.name)).size === rules.length, 'have a name twice'),
});

/** Reads a file of rules, JSON as docs/notifications.md describes it: the rules, or each fault. */
export function readRules(path: string): readonly Rule[] | { readonly faults: readonly string[] } {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return { faults: [`cannot be read (${error instanceof Error ? error.message : 'unknown'})`] };
  }
  const read = file.safeParse(content);
  if (read.success) return read.data.rules;
  return { faults: read.error.issues.map((issue) => `${issue.path.join('.') || 'it'}: ${issue.message}`) };
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

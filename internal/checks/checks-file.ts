import { validateHeaderName, validateHeaderValue } from 'node:http';

import { z } from 'zod';

import { nameFault } from '../frontdoor/fields.ts';

/** Statuses from one up to another, both included. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const STATUS = /^([1-9])xx$|^([1-9]\d\d)(?:-([1-9]\d\d))?$/;

const status = z
  .union([z.number(), z.string()], 'must be a status such as 200, "2xx" or "200-299"')
  .transform((written, context): StatusRange => {
    const [found, family, from, to] = STATUS.exec(String(written)) ?? [];
    const range =
      family === undefined
        ? { from: Number(from), to: Number(to ?? from) }
        : { from: Number(family) * 100, to: Number(family) * 100 + 99 };
    if (found !== undefined && range.from <= range.to) return range;
    context.addIssue({ code: 'custom', message: 'must be a status such as 200, "2xx" or "200-299"' });
    return z.NEVER;
  });

const headers = z
  .record(z.string(), z.string('must be a text'), 'must be names and values of headers')
  .refine((pairs) => Object.entries(pairs).every(isHeader), 'has a name or value that no header may have');

const wholeNumber = (least: number, most: number) => {
  const message = `must be a whole number from ${least} to ${most}`;
  return z.number(message).int(message).min(least, message).max(most, message);
};

/** One check of the file, as docs/checks.md describes it. */
const fileCheck = z
  .strictObject({
    name: z.string('must be a text').superRefine((name, context) => {
      const message = nameFault(name);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    }),
    url: z.string('must be a text').refine(isHttpUrl, 'must be an http or https URL'),
    method: z.enum(methods, `must be one of ${methods.join(', ')}`).default('GET'),
    headers: headers.default({}),
    body: z.string('must be a text').optional(),
    status: z
      .array(status, 'must be a list')
      .min(1, 'must not be empty')
      .default([{ from: 200, to: 399 }]),
    body_contains: z.string('must be a text').min(1, 'must not be empty').optional(),
    interval_seconds: wholeNumber(1, 86_400).optional(),
    timeout_seconds: wholeNumber(1, 3600).optional(),
    retries: wholeNumber(0, 100).default(0),
  })
  .transform(({ body_contains, interval_seconds, timeout_seconds, ...check }) => ({
    ...check,
    body: check.body,
    bodyContains: body_contains,
    intervalMs: interval_seconds === undefined ? undefined : interval_seconds * 1000,
    timeoutMs: timeout_seconds === undefined ? undefined : timeout_seconds * 1000,
  }));

/** A target of the file; without times of its own it has the usual ones. */
export type FileTarget = z.output<typeof fileCheck>;

const checksFile = z.strictObject({ checks: z.array(z.unknown(), 'must be a list') });

/** Reads the text of the file, or tells that there is none. A fault names the check and the field, and tells no values. */
export function parseChecksFile(text: string | Error): {
  readonly targets: readonly FileTarget[];
  readonly faults: readonly string[];
} {
  if (text instanceof Error) return { targets: [], faults: [`cannot be read (${text.message})`] };
  const file = checksFile.safeParse(parseJson(text));
  if (!file.success) return { targets: [], faults: ['must be JSON such as {"checks": [{"name", "url"}]}'] };
  const names = new Set<string>();
  const targets: FileTarget[] = [];
  const faults: string[] = [];
  for (const [index, written] of file.data.checks.entries()) {
    const { data, error } = fileCheck.safeParse(written);
    const called = `check ${index + 1}${calledOf(written)}`;
    for (const { path, message, ...issue } of error?.issues ?? []) {
      const unknown = 'keys' in issue ? `there is no ${issue.keys.join(', ')}` : undefined;
      faults.push(`${called}: ${unknown ?? [path.join('.'), message].join(' ').trim()}`);
    }
    if (data === undefined) continue;
    if (names.has(data.name)) faults.push(`${called}: the name is there twice`);
    names.add(data.name);
    targets.push(data);
  }
  return { targets, faults };
}

function calledOf(written: unknown): string {
  if (typeof written !== 'object' || written === null || !('name' in written)) return '';
  return typeof written.name === 'string' && written.name !== '' ? ` (${JSON.stringify(written.name)})` : '';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isHeader([name, value]: readonly [string, string]): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

/** Whether it is a URL that can be asked. */
export function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'http:' || protocol === 'https:') && isDecodable(username) && isDecodable(password);
}

/** Node decodes the name and the password of a URL before it sends them. */
function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

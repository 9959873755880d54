import { validateHeaderName, validateHeaderValue } from 'node:http';

import { z } from 'zod';

import { jsonNumber, jsonText, LIST, OBJECT, parseJsonText, readListed, TEXT } from '../config/listed.ts';
import { nameFault } from '../frontdoor/fields.ts';

/** Statuses from one up to another, both included. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
// No other begins a status of HTTP (RFC 9110, 15).
const STATUS = /^([1-5])xx$|^([1-5]\d\d)(?:-([1-5]\d\d))?$/;

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
  .record(z.string(), z.string(TEXT), 'must be names and values of headers')
  .refine((pairs) => Object.entries(pairs).every(isHeader), 'has a name or value that no header may have');

/** One check of the file, as docs/checks.md describes it. */
const fileCheck = z
  .strictObject(
    {
      name: jsonText(nameFault),
      url: z.string(TEXT).refine(isHttpUrl, 'must be an http or https URL'),
      method: z.enum(methods, `must be one of ${methods.join(', ')}`).default('GET'),
      headers: headers.default({}),
      body: z.string(TEXT).optional(),
      status: z
        .array(status, LIST)
        .min(1, 'must not be empty')
        .default([{ from: 200, to: 399 }]),
      body_contains: z.string(TEXT).min(1, 'must not be empty').optional(),
      interval_seconds: jsonNumber(1, 86_400).optional(),
      timeout_seconds: jsonNumber(1, 3600).optional(),
      retries: jsonNumber(0, 100).default(0),
    },
    OBJECT,
  )
  .transform(({ body_contains, interval_seconds, timeout_seconds, ...check }) => ({
    ...check,
    body: check.body,
    bodyContains: body_contains,
    intervalMs: interval_seconds === undefined ? undefined : interval_seconds * 1000,
    timeoutMs: timeout_seconds === undefined ? undefined : timeout_seconds * 1000,
  }));

/** A target of the file; without times of its own it has the usual ones. */
export type FileTarget = z.output<typeof fileCheck>;

const checksFile = z.strictObject({ checks: z.array(z.unknown(), LIST) });

/** Reads the text of the file, or tells that there is none. A fault names the check and the field, and tells no values. */
export function parseChecksFile(text: string | Error): {
  readonly targets: readonly FileTarget[];
  readonly faults: readonly string[];
} {
  if (text instanceof Error) return { targets: [], faults: [`cannot be read (${text.message})`] };
  const file = checksFile.safeParse(parseJsonText(text));
  if (!file.success) return { targets: [], faults: ['must be JSON such as {"checks": [{"name", "url"}]}'] };
  const { items, faults } = readListed(fileCheck, file.data.checks, 'check');
  return { targets: items, faults };
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

import { z } from 'zod';

import { invalidRequest, type FieldError } from '../frontdoor/problem.ts';
import type { StatsSpan } from './stats.ts';

const DEFAULT_SPAN_SECONDS = 86_400;
const MAX_SPAN_SECONDS = 366 * 86_400;
const DEFAULT_WITHIN_SECONDS = 600;
const MAX_WITHIN_SECONDS = 86_400;
const rfc3339 = z.iso.datetime({ offset: true });

type Query = Readonly<Record<string, string | string[] | undefined>>;

/** Reads `from`, `to` and `within`; the span ends now at the latest. Throws a 400 with each fault. */
export function readStatsQuery(
  { from, to, within }: Query,
  nowSeconds: number,
  maxDelaySeconds: number,
): StatsSpan {
  const faults: FieldError[] = [];
  const read = (
    field: string,
    text: string | string[] | undefined,
    parse: (text: string) => number,
  ): number | undefined => {
    if (text === undefined) return undefined;
    const value = typeof text === 'string' ? parse(text) : NaN;
    if (Number.isFinite(value)) return value;
    faults.push({ field, message: field === 'within' ? WITHIN : TIME });
    return undefined;
  };
  const end = Math.min(read('to', to, parseTime) ?? Infinity, Math.floor(nowSeconds) + 1);
  const start = read('from', from, parseTime) ?? Math.max(0, end - DEFAULT_SPAN_SECONDS);
  const withinSeconds = read('within', within, parseWithin) ?? DEFAULT_WITHIN_SECONDS;
  if (faults.length === 0 && start >= end) {
    faults.push({ field: 'from', message: 'must be before to, and before now' });
  } else if (faults.length === 0 && end - start > MAX_SPAN_SECONDS) {
    faults.push({ field: 'from', message: 'must be at most 366 days before to' });
  }
  if (faults.length > 0) throw invalidRequest(faults);
  // The same rule as for an interval that is ongoing.
  const overBy = Math.min(end, Math.floor(nowSeconds) - 1 - maxDelaySeconds);
  return { from: start, to: end, overBy, withinSeconds };
}

const TIME = 'must be whole unix seconds or an RFC 3339 time, from 1970 on';
const WITHIN = `must be whole seconds from 0 to ${MAX_WITHIN_SECONDS}`;

function parseTime(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text);
  // A plus that was not percent-encoded arrives as a blank.
  const parsed = rfc3339.safeParse(text.replace(' ', '+'));
  const seconds = parsed.success ? Math.floor(Date.parse(parsed.data) / 1000) : NaN;
  return seconds >= 0 ? seconds : NaN;
}

function parseWithin(text: string): number {
  return /^\d{1,5}$/.test(text) && Number(text) <= MAX_WITHIN_SECONDS ? Number(text) : NaN;
}

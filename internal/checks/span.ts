import type { Context } from 'koa';

import { invalidRequest, type FieldError } from '../frontdoor/problem.ts';

/** A span of time in whole milliseconds since 1970: `fromMs` is in it, `toMs` is not. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

const DEFAULT_SPAN_MS = 1_800_000;
const MAX_SPAN_MS = 86_400_000;
const LAST_MS = 253_402_300_799_999; // Of the year 9999.
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** Reads `from` and `to`; the default is the last 30 minutes up to `nowMs`, or to `to`. Throws a 400 with each fault. */
export function readSpan({ query }: Pick<Context, 'query'>, nowMs: number): Span {
  const faults: FieldError[] = [];
  const read = (field: string): number | undefined => {
    const text = query[field];
    if (text === undefined) return undefined;
    const ms = typeof text === 'string' ? parseTime(text) : undefined;
    if (ms === undefined) {
      faults.push({ field, message: 'must be unix seconds or an RFC 3339 time, from 1970 to 9999' });
    }
    return ms;
  };
  const [from, to] = [read('from'), read('to')];
  // A check of this very millisecond is one of the last 30 minutes, too.
  const toMs = to ?? Math.floor(nowMs) + 1;
  const fromMs = from ?? toMs - DEFAULT_SPAN_MS;
  if (faults.length === 0 && fromMs >= toMs) faults.push({ field: 'from', message: 'must be before to' });
  if (faults.length === 0 && toMs - fromMs > MAX_SPAN_MS + 1) {
    faults.push({ field: 'from', message: 'must be at most a day before to' });
  }
  if (faults.length > 0) throw invalidRequest(faults);
  return { fromMs, toMs };
}

function parseTime(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return inRange(Math.round(Number(text) * 1000));
  // A plus that was not percent-encoded arrives as a blank.
  const time = text.replace(' ', '+');
  return RFC_3339.test(time) ? inRange(Date.parse(time)) : undefined;
}

function inRange(ms: number): number | undefined {
  return ms >= 0 && ms <= LAST_MS ? ms : undefined;
}

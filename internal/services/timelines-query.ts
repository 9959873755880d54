import { nameFault } from '../frontdoor/fields.ts';
import { invalidRequest, type FieldError } from '../frontdoor/problem.ts';
import { SECONDS_PER_HOUR } from './hour.ts';

/** Which timelines are asked for: of these services, over [from, to) in whole unix seconds. */
export interface TimelinesQuery {
  readonly serviceNames: readonly string[];
  readonly from: number;
  readonly to: number;
}

const DEFAULT_SPAN_SECONDS = 3600;
const MAX_SERVICES = 100;
/** Most hours that an answer may read, over all services together: a year of one, four days of a hundred. */
const MAX_HOURS = 10_000;

type Query = Readonly<Record<string, string | string[] | undefined>>;

/** Reads `service`, which may be there several times, `from` and `to`. Throws a 400 with each fault. */
export function readTimelinesQuery({ service, from, to }: Query, nowSeconds: number): TimelinesQuery {
  const faults: FieldError[] = [];
  const serviceNames = [...new Set(typeof service === 'string' ? [service] : service)];
  if (serviceNames.length === 0 || serviceNames.length > MAX_SERVICES) {
    faults.push({ field: 'service', message: `must be there 1 to ${MAX_SERVICES} times` });
  }
  for (const name of serviceNames) {
    const fault = nameFault(name);
    if (fault !== undefined) faults.push({ field: 'service', message: fault });
  }
  const readTime = (field: string, text: string | string[] | undefined, fallback: number): number => {
    if (text === undefined) return fallback;
    if (typeof text === 'string' && /^\d{1,12}$/.test(text)) return Number(text);
    faults.push({ field, message: 'must be whole unix seconds' });
    return fallback;
  };
  const end = readTime('to', to, Math.floor(nowSeconds) + 1);
  const start = readTime('from', from, Math.max(0, end - DEFAULT_SPAN_SECONDS));
  if (faults.length === 0 && start >= end) faults.push({ field: 'from', message: 'must be before to' });
  if (((end - start) / SECONDS_PER_HOUR) * serviceNames.length > MAX_HOURS) {
    faults.push({ field: 'from', message: 'must be later, or the services fewer: the span is too long' });
  }
  if (faults.length > 0) throw invalidRequest(faults);
  return { serviceNames, from: start, to: end };
}

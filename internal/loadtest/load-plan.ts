import { createHash } from 'node:crypto';

/** What is to be sent. The same plan makes the same requests, byte for byte. Plain data: it goes to a thread. */
export interface LoadPlan {
  /** The name of a mode in modes/modes.ts. */
  readonly mode: string;
  /** 32 bits. */
  readonly seed: number;
  readonly services: number;
  /** Events in all; Infinity for a run that is ended by time. */
  readonly events: number;
  /** Events per body. */
  readonly batch: number;
  /** Whether the order of the events is mixed. */
  readonly shuffle: boolean;
  /** How many times as many events are repetitions as are not, 0 to 1. */
  readonly duplicates: number;
  /** Unix seconds before all events, a full hour. */
  readonly startSecond: number;
}

/** All events are within so many seconds (a year and three weeks) after the start. */
export const SPAN_SECONDS = 2 ** 25;

/**
 * How the names of the plan's services begin. Other plans, the same one with another seed included, have other names:
 * what they left in a database does not disturb.
 */
export function namePrefix(plan: LoadPlan): string {
  const { services, events, shuffle, duplicates, startSecond } = plan;
  const parts = [services, String(events), shuffle, duplicates, startSecond];
  const print = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 6);
  return `load-${plan.seed.toString(36)}-${print}-`;
}

/** The names of the plan's services; some have characters that do not travel in paths as they are. */
export function serviceName(prefix: string, service: number): string {
  return service % 16 === 5 ? `${prefix}${service} a/b?c=%41` : `${prefix}${service}`;
}

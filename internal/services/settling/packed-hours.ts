import { SECONDS_PER_HOUR, type ObservedHour, type SecondRange } from '../timeline.ts';
import type { HourSeconds } from './hour-seconds.ts';

/** A service and hours of it. */
export interface ServiceHours {
  readonly serviceName: string;
  readonly hours: readonly {
    readonly hour: number;
    readonly deploy: HourSeconds | undefined;
    readonly issue: HourSeconds | undefined;
  }[];
}

/** Hours of services on their way to another thread: two objects, as each costs more than what it holds. */
export interface PackedHours {
  /** The services' names, a tab between each two: a name holds none. */
  readonly names: string;
  /** For each service the number of its hours, for each of those its number, and for each state the number of bounds and these. */
  readonly numbers: Int32Array;
}

export function pack(services: readonly ServiceHours[]): PackedHours {
  const numbers: number[] = [];
  const addSeconds = (seconds: HourSeconds | undefined) => {
    const bounds = seconds?.bounds ?? [];
    numbers.push(bounds.length);
    for (const bound of bounds) numbers.push(bound);
  };
  for (const { hours } of services) {
    numbers.push(hours.length);
    for (const { hour, deploy, issue } of hours) {
      numbers.push(hour);
      addSeconds(deploy);
      addSeconds(issue);
    }
  }
  return {
    names: services.map(({ serviceName }) => serviceName).join('\t'),
    numbers: Int32Array.from(numbers),
  };
}

/** The hours of each service that has any, in the order that they were packed in. */
export function unpack({ names, numbers }: PackedHours): Map<string, readonly ObservedHour[]> {
  let at = 0;
  const next = () => numbers[at++] ?? 0;
  const readRanges = (offset: number) => {
    const ranges: SecondRange[] = [];
    for (const end = next() + at; at < end;) ranges.push({ start: offset + next(), end: offset + next() });
    return ranges;
  };
  const readHour = (serviceName: string): ObservedHour => {
    const hour = next();
    const offset = hour * SECONDS_PER_HOUR;
    return { serviceName, hour, observed: { deploy: readRanges(offset), issue: readRanges(offset) } };
  };
  const services = new Map<string, readonly ObservedHour[]>();
  if (numbers.length === 0) return services;
  for (const serviceName of names.split('\t')) {
    services.set(
      serviceName,
      Array.from({ length: next() }, () => readHour(serviceName)),
    );
  }
  return services;
}

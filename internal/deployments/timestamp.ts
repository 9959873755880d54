/** A point in time, to the nanosecond: unix seconds, rounded down, and the nanoseconds of that second. */
export interface Instant {
  readonly second: number;
  readonly nanosecond: number;
}

const PATTERN = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86_400;
const NANOSECOND_DIGITS = 9;
/** The years from 0000 up to before 10000, of UTC: what RFC 3339 can write. */
const FIRST_SECOND = -62_167_219_200;
const END_SECOND = 253_402_300_800;
const ISO_LENGTH = '2026-03-01T10:00:00.000Z'.length;

/**
 * Reads RFC 3339 text strictly; undefined if it is none, or not of the years 0000 to 9999 in UTC. Digits after the
 * ninth of a fraction are dropped. A leap second counts as the first second of the next day.
 */
export function parseTimestamp(text: string): Instant | undefined {
  const [matched, year, month, day, hour, minute, second, fraction = '', sign, offsetHour, offsetMinute] =
    PATTERN.exec(text) ?? [];
  if (matched === undefined) return undefined;
  const midnight = secondsOfDate(Number(year), Number(month), Number(day));
  const offset = sign === undefined ? 0 : timeOfDay(offsetHour, offsetMinute);
  const time = timeOfDay(hour, minute);
  if (midnight === undefined || offset === undefined || time === undefined) return undefined;
  const wholeMinute = midnight + time - (sign === '-' ? -offset : offset);
  const seconds = Number(second);
  // A leap second is only ever the last one of a day of UTC.
  const isLeapSecond = seconds === 60 && (wholeMinute + MINUTE_SECONDS) % DAY_SECONDS === 0;
  if (seconds >= MINUTE_SECONDS && !isLeapSecond) return undefined;
  const unixSecond = wholeMinute + seconds;
  if (unixSecond < FIRST_SECOND || unixSecond >= END_SECOND) return undefined;
  const nanosecond = Number(fraction.slice(0, NANOSECOND_DIGITS).padEnd(NANOSECOND_DIGITS, '0'));
  return { second: unixSecond, nanosecond };
}

/**
 * The instant as RFC 3339, with a fraction only where there is one. `offsetMinutesAt` says how far the time zone to
 * write it in is ahead of UTC at a time in unix milliseconds.
 */
export function formatTimestamp(
  { second, nanosecond }: Instant,
  offsetMinutesAt: (unixMs: number) => number = offsetOfThisProcess,
): string {
  const unixMs = second * 1000;
  let offset = offsetMinutesAt(unixMs);
  let local = new Date(unixMs + offset * MINUTE_SECONDS * 1000).toISOString();
  if (local.length !== ISO_LENGTH) {
    // There, the year has no four digits; the same instant has in UTC.
    offset = 0;
    local = new Date(unixMs).toISOString();
  }
  return `${local.slice(0, 19)}${formatFraction(nanosecond)}${formatOffset(offset)}`;
}

/** Negative if `a` is earlier than `b`. */
export function compareInstants(a: Instant, b: Instant): number {
  return a.second - b.second || a.nanosecond - b.nanosecond;
}

/** How many seconds `to` is after `from`. */
export function secondsBetween(from: Instant, to: Instant): number {
  return to.second - from.second + (to.nanosecond - from.nanosecond) / 1e9;
}

/** The process runs in the time zone that TZ names. Zones of old had offsets with seconds, which RFC 3339 has not. */
function offsetOfThisProcess(unixMs: number): number {
  return -Math.round(new Date(unixMs).getTimezoneOffset());
}

function formatFraction(nanosecond: number): string {
  if (nanosecond === 0) return '';
  return `.${String(nanosecond).padStart(NANOSECOND_DIGITS, '0').replace(/0+$/, '')}`;
}

function formatOffset(minutes: number): string {
  if (minutes === 0) return 'Z';
  const twoDigits = (value: number) => String(value).padStart(2, '0');
  const ahead = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${twoDigits(Math.floor(ahead / 60))}:${twoDigits(ahead % 60)}`;
}

/** Unix seconds of the day's start in UTC, or undefined if there is no such day. */
function secondsOfDate(year: number, month: number, day: number): number | undefined {
  // Date.UTC would take the years 0 to 99 for those of the 20th century.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? date.getTime() / 1000 : undefined;
}

function timeOfDay(hour: string | undefined, minute: string | undefined): number | undefined {
  const isTime = Number(hour) < 24 && Number(minute) < 60;
  return isTime ? Number(hour) * HOUR_SECONDS + Number(minute) * MINUTE_SECONDS : undefined;
}

/** A point in time, to the nanosecond: unix seconds, rounded down, and the nanoseconds of that second. */
export interface Instant {
  readonly second: number;
  readonly nanosecond: number;
}

const MINUTE_SECONDS = 60;
const DAY_SECONDS = 86_400;
const NANOSECOND_DIGITS = 9;
/** The years from 0000 up to before 10000, of UTC: what RFC 3339 can write. */
export const FIRST_SECOND = -62_167_219_200;
export const END_SECOND = 253_402_300_800;
const ISO_LENGTH = '2026-03-01T10:00:00.000Z'.length;
const DASH = 0x2d;
const COLON = 0x3a;

/**
 * Reads RFC 3339 text strictly; undefined if it is none, or not of the years 0000 to 9999 in UTC. Digits after the
 * ninth of a fraction are dropped. A leap second counts as the first second of the next day.
 */
export function parseInstant(text: string): Instant | undefined {
  const bytes = Buffer.from(text);
  return instantIn(bytes, 0, bytes.length);
}

/** The same in microseconds since 1970, rounded down. `bytes` holds the text from `from` up to before `to`. */
export function parseMicros(bytes: Uint8Array, from = 0, to = bytes.length): number | undefined {
  const instant = instantIn(bytes, from, to);
  return instant && instant.second * 1e6 + Math.floor(instant.nanosecond / 1000);
}

/**
 * The instant as RFC 3339, with a fraction only where there is one. `offsetMinutesAt` says how far the time zone to
 * write it in is ahead of UTC at a time in unix milliseconds.
 */
export function formatInstant(
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

/** Microseconds since 1970, a safe integer, as RFC 3339 in UTC. */
export function formatMicros(micros: number): string {
  const second = Math.floor(micros / 1e6);
  return formatInstant({ second, nanosecond: (micros - second * 1e6) * 1000 }, utc);
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

function utc(): number {
  return 0;
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

/** By bytes, as most timestamps are read where they lie in a body of a megabyte. */
function instantIn(bytes: Uint8Array, from: number, to: number): Instant | undefined {
  if (to - from < 20 || bytes[from + 4] !== DASH || bytes[from + 7] !== DASH) return undefined;
  if (lowerCase(bytes[from + 10]) !== 0x74 || bytes[from + 13] !== COLON || bytes[from + 16] !== COLON) {
    return undefined;
  }
  const days = daysSince1970(number(bytes, from, 4), number(bytes, from + 5, 2), number(bytes, from + 8, 2));
  const minuteOfDay = minutes(bytes, from + 11);
  const second = number(bytes, from + 17, 2);
  let at = from + 19;
  let nanosecond = 0;
  if (bytes[at] === 0x2e) {
    const first = ++at;
    for (let scale = 100_000_000; ; at++) {
      const digit = (bytes[at] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) break;
      nanosecond += digit * scale;
      scale = Math.floor(scale / 10);
    }
    if (at === first) return undefined;
  }
  const offsetMinutes = parseOffset(bytes, at, to);
  if (days === undefined || minuteOfDay === undefined || offsetMinutes === undefined) return undefined;
  const wholeMinute = days * DAY_SECONDS + (minuteOfDay - offsetMinutes) * MINUTE_SECONDS;
  // A leap second is only ever the last of a day of UTC; it counts as the first of the next.
  const isLeapSecond = second === 60 && (wholeMinute + MINUTE_SECONDS) % DAY_SECONDS === 0;
  if (!(second >= 0 && (second < MINUTE_SECONDS || isLeapSecond))) return undefined;
  const unixSecond = wholeMinute + second;
  if (unixSecond < FIRST_SECOND || unixSecond >= END_SECOND) return undefined;
  return { second: unixSecond, nanosecond };
}

/** The number of `count` digits, or NaN. */
function number(bytes: Uint8Array, from: number, count: number): number {
  let value = 0;
  for (let index = from; index < from + count; index++) {
    const digit = (bytes[index] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** "hh:mm", of which the colon is not looked at. */
function minutes(bytes: Uint8Array, from: number): number | undefined {
  const hour = number(bytes, from, 2);
  const minute = number(bytes, from + 3, 2);
  return hour < 24 && minute < 60 ? hour * 60 + minute : undefined;
}

/** "Z" or "+hh:mm", as minutes ahead of UTC; nothing may follow. */
function parseOffset(bytes: Uint8Array, at: number, to: number): number | undefined {
  if (lowerCase(bytes[at]) === 0x7a) return at + 1 === to ? 0 : undefined;
  const sign = bytes[at] === 0x2b ? 1 : bytes[at] === DASH ? -1 : undefined;
  const offset = minutes(bytes, at + 1);
  if (sign === undefined || offset === undefined || bytes[at + 3] !== COLON || at + 6 !== to)
    return undefined;
  return sign * offset;
}

/** Days of the proleptic Gregorian calendar, or undefined if there is no such day. */
function daysSince1970(year: number, month: number, day: number): number | undefined {
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const longest = month === 2 ? (isLeapYear ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= longest)) return undefined;
  // Counted from March of year 0: February, with its changing length, is then each year's last month.
  const shiftedYear = month <= 2 ? year - 1 : year;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const leapDays =
    Math.floor(shiftedYear / 4) - Math.floor(shiftedYear / 100) + Math.floor(shiftedYear / 400);
  return shiftedYear * 365 + leapDays + dayOfYear - 719_468;
}

function lowerCase(byte: number | undefined): number {
  return (byte ?? 0) | 0x20;
}

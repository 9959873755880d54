const DAY_SECONDS = 86_400;
const DASH = 0x2d;
const COLON = 0x3a;

/**
 * The time that RFC 3339 text says, in microseconds since 1970, or undefined if it is not strictly that. Digits
 * after the sixth of a fraction are dropped. `bytes` holds the text from `from` up to before `to`.
 */
export function parseRfc3339(bytes: Uint8Array, from = 0, to = bytes.length): number | undefined {
  if (to - from < 20 || bytes[from + 4] !== DASH || bytes[from + 7] !== DASH) return undefined;
  if (lowerCase(bytes[from + 10]) !== 0x74 || bytes[from + 13] !== COLON || bytes[from + 16] !== COLON) {
    return undefined;
  }
  const days = daysSince1970(number(bytes, from, 4), number(bytes, from + 5, 2), number(bytes, from + 8, 2));
  const minuteOfDay = minutes(bytes, from + 11);
  const second = number(bytes, from + 17, 2);
  const fraction = parseFraction(bytes, from + 19);
  const offsetMinutes = fraction === undefined ? undefined : parseOffset(bytes, fraction.end, to);
  if (
    days === undefined ||
    minuteOfDay === undefined ||
    fraction === undefined ||
    offsetMinutes === undefined
  ) {
    return undefined;
  }
  const wholeMinute = days * DAY_SECONDS + (minuteOfDay - offsetMinutes) * 60;
  // A leap second is only ever the last of a day of UTC; it counts as the first of the next.
  const isLeapSecond = second === 60 && (wholeMinute + 60) % DAY_SECONDS === 0;
  if (!(second >= 0 && (second < 60 || isLeapSecond))) return undefined;
  return (wholeMinute + second) * 1e6 + fraction.micros;
}

/** Microseconds since 1970 as RFC 3339 in UTC, with as many digits of a fraction as are needed. */
export function formatRfc3339(micros: number): string {
  const seconds = Math.floor(micros / 1e6);
  const text = new Date(seconds * 1000).toISOString().slice(0, 19);
  const rest = micros - seconds * 1e6;
  return rest === 0 ? `${text}Z` : `${text}.${String(rest).padStart(6, '0').replace(/0+$/, '')}Z`;
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

function parseFraction(bytes: Uint8Array, at: number): { micros: number; end: number } | undefined {
  if (bytes[at] !== 0x2e) return { micros: 0, end: at };
  const first = ++at;
  let micros = 0;
  for (let scale = 100_000; ; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) break;
    micros += digit * scale;
    scale = Math.floor(scale / 10);
  }
  return at === first ? undefined : { micros, end: at };
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

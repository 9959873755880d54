const formats = new Map<string, Intl.DateTimeFormat>();

/** A moment in a time zone: `2026-11-21 14:03:05`. `zone` is an IANA name. */
export function formatMoment(unixSeconds: number, zone: string): string {
  let format = formats.get(zone);
  if (format === undefined) {
    // Swedes write times as ISO 8601 does.
    format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
    formats.set(zone, format);
  }
  return format.format(unixSeconds * 1000);
}

/** The time of day alone: `14:03:05`, or `14:03` if only minutes matter. */
export function formatClock(unixSeconds: number, zone: string, { seconds = true } = {}): string {
  return formatMoment(unixSeconds, zone).slice(11, seconds ? undefined : 16);
}

/** A duration in its two largest units: `3 d 4 h`, `5 min 03 s`, `12 s`. Less than nothing counts as nothing. */
export function formatDuration(seconds: number): string {
  // As a number of 32 bits: V8 has 48 KiB for the texts of others.
  const whole = Math.max(0, seconds) | 0;
  const days = Math.floor(whole / 86_400);
  const hours = Math.floor(whole / 3600) % 24;
  const minutes = Math.floor(whole / 60) % 60;
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${two(minutes)} min`;
  if (minutes > 0) return `${minutes} min ${two(whole % 60)} s`;
  return `${whole} s`;
}

/** A part of a whole in percent, with as many digits as tell something from nothing. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent === 0 || percent >= 99.95) return `${percent.toFixed(0)} %`;
  return `${percent < 0.1 ? '< 0.1' : percent.toFixed(1)} %`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

import { formatClock, formatMoment } from '../time/format.ts';

interface Span {
  readonly from: number;
  readonly to: number;
}

/** A moment of an axis that is labelled: where it is, as a share of the axis, and what it is called. */
export interface AxisLabel {
  readonly at: number;
  readonly share: number;
  readonly label: string;
}

const DAY_SECONDS = 86_400;
const MOST_LABELS = 6;
// Labels of days are longer than those of hours.
const CLOCK_PIXELS = 60;
const DATE_PIXELS = 96;
const CHARACTER_PIXELS = 7.5;

/** The labels of an axis of `width` pixels, of which none is cut off or reaches into the next; in an IANA time zone. */
export function axisLabels(span: Span, width: number, zone: string): AxisLabel[] {
  const { from, to } = span;
  const seconds = to - from;
  const room = seconds <= DAY_SECONDS ? CLOCK_PIXELS : DATE_PIXELS;
  const ticks = ticksOf(span, Math.min(MOST_LABELS, Math.floor(width / room)), zone);
  const xOf = (at: number) => (width * (at - from)) / seconds;
  const labels: AxisLabel[] = [];
  let lastDate: string | undefined;
  for (const [index, at] of ticks.entries()) {
    const pixels = xOf(ticks[index + 1] ?? to) - xOf(at);
    const [date, clock] = [formatMoment(at, zone).slice(0, 10), labelOf(at, seconds, zone)];
    const dated = `${date.slice(5)} ${clock}`;
    const needsDate = seconds <= DAY_SECONDS && date !== lastDate && isOfTwoDays(span, zone);
    const label = needsDate && widthOf(dated) < pixels ? dated : clock;
    // One that has less room at the end would be cut off.
    if (widthOf(label) >= pixels) continue;
    if (label !== clock) lastDate = date;
    labels.push({ at, share: (at - from) / seconds, label });
  }
  return labels;
}

/** Round moments of a span: about `count`, at whole minutes, hours or days of the clocks in that zone. */
export function ticksOf({ from, to }: Span, count: number, zone: string): number[] {
  const days = [1, 2, 3, 7, 14, 30].map((each) => each * DAY_SECONDS);
  const steps = [10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600, 43_200, ...days];
  const step = steps.find((each) => (to - from) / each <= count) ?? 60 * DAY_SECONDS;
  const ticks: number[] = [];
  for (let local = Math.ceil((from + offsetOf(from, zone)) / step) * step; ; local += step) {
    // The offset may change in between, twice a year.
    const at = local - offsetOf(local - offsetOf(local, zone), zone);
    if (at >= to) return ticks;
    if (at >= from && at > (ticks.at(-1) ?? -Infinity)) ticks.push(at);
  }
}

/** What the moments of an axis of a graph are called: by the clock, with the date where it is another one than before. */
export function clockLabels(ticks: readonly number[], zone: string, stepSeconds: number): string[] {
  const dates = ticks.map((at) => formatMoment(at, zone).slice(5, 10));
  const areOfOneDay = new Set(dates).size === 1;
  return ticks.map((at, index) => {
    const clock = formatClock(at, zone, { seconds: stepSeconds < 60 });
    return areOfOneDay || dates[index] === dates[index - 1] ? clock : `${dates[index] ?? ''} ${clock}`;
  });
}

/** How many seconds the clocks of a zone are ahead of UTC at a moment. */
function offsetOf(at: number, zone: string): number {
  const whole = Math.floor(at);
  return Date.parse(`${formatMoment(whole, zone).replace(' ', 'T')}Z`) / 1000 - whole;
}

function isOfTwoDays({ from, to }: Span, zone: string): boolean {
  return formatMoment(from, zone).slice(0, 10) !== formatMoment(to, zone).slice(0, 10);
}

function labelOf(at: number, seconds: number, zone: string): string {
  if (seconds < 600) return formatClock(at, zone);
  if (seconds <= DAY_SECONDS) return formatClock(at, zone, { seconds: false });
  const moment = formatMoment(at, zone);
  return seconds <= 5 * DAY_SECONDS ? moment.slice(5, 16) : moment.slice(0, 10);
}

/** About how many pixels a label takes. */
function widthOf(label: string): number {
  return label.length * CHARACTER_PIXELS + 6;
}

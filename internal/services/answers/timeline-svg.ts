import { escapeXml } from './svg-text.ts';
import type { CutInterval } from './timelines.ts';
import type { ReportedState } from '../timeline.ts';

export type SvgTheme = 'auto' | 'light' | 'dark';

/** What a picture of a timeline shows. */
export interface TimelinePicture {
  readonly serviceName: string;
  readonly intervals: readonly CutInterval[];
  /** In unix seconds. */
  readonly from: number;
  readonly to: number;
  /** How much of the end late reports may still change, in seconds. */
  readonly provisionalSeconds: number;
  /** In pixels. */
  readonly width: number;
  readonly theme: SvgTheme;
}

const BAR_HEIGHT = 28;
const HEIGHT = BAR_HEIGHT + 18;
// Shape beside colour: as on the dashboard, an issue fills the height, a deploy most of it, idle is a hatched band.
const heights = { issue: BAR_HEIGHT, deploy: 17, idle: 8 } as const;
const light = '--t:#546178;--i:#d93a2f;--d:#3f83df;--b:#e3e8ef;--h:#b3bfcf;--v:rgba(255,255,255,.45)';
const dark = '--t:#a3afc2;--i:#f0564a;--d:#4d8fe8;--b:#263042;--h:#4a576e;--v:rgba(16,20,29,.45)';
const PIXELS_A_LABEL = 110;

/**
 * A timeline as SVG, proportional to time. It has at most as many pieces as pixels, whatever the history: within a pixel
 * the worst state counts.
 */
export function timelineSvg(picture: TimelinePicture): string {
  const { serviceName, from, to, width, theme } = picture;
  const words = escapeXml(inWords(picture));
  const veilX = Math.max(0, width - (picture.provisionalSeconds / (to - from)) * width);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${HEIGHT}" width="${width}" height="${HEIGHT}" role="img" aria-label="${words}">` +
    `<title>${escapeXml(serviceName)}</title><desc>${words}</desc>` +
    `<style>${styleOf(theme)}.issue{fill:var(--i)}.deploy{fill:var(--d)}.idle{fill:var(--b)}.veil{fill:var(--v)}` +
    'path{stroke:var(--h)}line{stroke:var(--h)}text{fill:var(--t);font:11px Verdana,DejaVu Sans,sans-serif}</style>' +
    '<defs><pattern id="h" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M0 6L6 0"/></pattern></defs>' +
    pieces(picture).join('') +
    `<rect class="veil" x="${round(veilX)}" width="${round(width - veilX)}" height="${BAR_HEIGHT}"/>` +
    labels(picture).join('') +
    '</svg>'
  );
}

function pieces({ intervals, from, to, width }: TimelinePicture): string[] {
  const columns = new Array<ReportedState | 'idle'>(width).fill('idle');
  const columnOf = (second: number) => ((second - from) / (to - from)) * width;
  for (const { state, start, end } of intervals) {
    const first = Math.min(width - 1, Math.floor(columnOf(start)));
    const last = Math.min(width, Math.max(first + 1, Math.round(columnOf(end ?? to))));
    for (let column = first; column < last; column++) {
      if (columns[column] !== 'issue') columns[column] = state;
    }
  }
  const found: string[] = [];
  for (let start = 0; start < width;) {
    const state = columns[start] ?? 'idle';
    let end = start + 1;
    while (end < width && columns[end] === state) end++;
    const place = `x="${start}" y="${BAR_HEIGHT - heights[state]}" width="${end - start}" height="${heights[state]}"`;
    found.push(`<rect class="${state}" ${place}/>`);
    if (state === 'idle') found.push(`<rect fill="url(#h)" ${place}/>`);
    start = end;
  }
  return found;
}

function labels({ from, to, width }: TimelinePicture): string[] {
  const steps = [60, 300, 600, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400];
  const most = Math.max(1, width / PIXELS_A_LABEL);
  const step = steps.find((each) => (to - from) / each <= most) ?? 172_800;
  const found: string[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    const x = round(((at - from) / (to - from)) * width);
    if (x > width - 60) break;
    const [date = '', time = ''] = new Date(at * 1000).toISOString().split('T');
    found.push(
      `<line x1="${x}" x2="${x}" y1="${BAR_HEIGHT}" y2="${HEIGHT}"/>`,
      `<text x="${x + 3}" y="${HEIGHT - 4}">${step >= 86_400 ? date.slice(5) : time.slice(0, 5)} UTC</text>`,
    );
  }
  return found;
}

function inWords({ serviceName, intervals, from, to }: TimelinePicture): string {
  let issueSeconds = 0;
  let issues = 0;
  for (const { state, start, end } of intervals) {
    if (state !== 'issue') continue;
    issues++;
    issueSeconds += (end ?? to) - start;
  }
  const share = ((issueSeconds / (to - from)) * 100).toFixed(1);
  const moment = (second: number) => new Date(second * 1000).toISOString().slice(0, 16).replace('T', ' ');
  return `${serviceName} from ${moment(from)} to ${moment(to)} UTC: ${issues} issues, ${share} % of the time in issue`;
}

function styleOf(theme: SvgTheme): string {
  if (theme !== 'auto') return `svg{${theme === 'dark' ? dark : light}}`;
  return `svg{${light}}@media(prefers-color-scheme:dark){svg{${dark}}}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
